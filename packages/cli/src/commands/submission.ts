// `assay submission`: the submissions of a product, step by step. `assay submit` takes all the steps at once.
import { open } from 'node:fs/promises';
import { fileSource } from '@assay/authenticode';
import {
  findDownload,
  maskUrl,
  type NewSubmission,
  type Submission,
  type SubmissionChanges,
} from '@assay/hardware-api';
import { Command, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { parseProductReference, parseSubmissionReference } from '../identifiers.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printList, printResult } from '../output.ts';
import { createProgress } from '../progress.ts';
import { addDryRunOption, change, create as createOnce, type DryRunOptions, printPlan } from '../requesting/dry-run.ts';
import { addBodyOption, type BodyOptions, parseCount, readBody, requireProperty } from '../requesting/request-body.ts';
import {
  named,
  SUBMISSION_LIST,
  submissionView,
  type UrlOptions,
  withoutSignatures,
} from '../requesting/resource-views.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';
import { checkPackage } from '../submitting/check-package.ts';
import { addDownloadOptions, downloadAndPrint, type SubmissionDownloadOptions } from './download.ts';
import { addWaitOptions, type SubmissionWaitOptions, waitAndPrint } from './wait.ts';

type CommonOptions = ServiceOptions & OutputOptions;

interface ListOptions extends CommonOptions {
  readonly name?: string;
  readonly limit?: number;
}

/** Options of the commands that work on one submission. */
interface Options extends CommonOptions, UrlOptions {
  readonly product?: string;
  readonly quiet?: boolean;
}

interface CreateOptions extends CommonOptions, UrlOptions, DryRunOptions, BodyOptions {
  readonly name?: string;
  readonly type?: string;
}

interface UpdateOptions extends Options, DryRunOptions {
  readonly name: string;
}

function print(submission: Submission, options: OutputOptions & UrlOptions): Promise<void> {
  return printResult(withoutSignatures(submission, options), submissionView(submission), options);
}

function referenceOf(text: string, { product }: Options) {
  return parseSubmissionReference(text, product === undefined ? {} : { productId: product });
}

async function list(productId: string, options: ListOptions): Promise<void> {
  const client = await connect(options);
  const found = named(client.listSubmissions(productId), ({ name }) => name, options.name);
  await printList(found, { ...SUBMISSION_LIST, limit: options.limit }, options);
}

async function show(text: string, options: Options): Promise<void> {
  const { productId, submissionId } = referenceOf(text, options);
  await print(await (await connect(options)).getSubmission(productId, submissionId), options);
}

async function create(productId: string, options: CreateOptions): Promise<void> {
  const body = await readBody(options, { name: options.name, type: options.type });
  requireProperty(body, 'name', '--name');
  body.type ??= 'initial';
  const submission = body as unknown as NewSubmission;
  await createOnce(
    options,
    (client) => client.createSubmission(productId, submission),
    (created) => print(created, options),
  );
}

async function update(text: string, options: UpdateOptions): Promise<void> {
  const { productId, submissionId } = referenceOf(text, options);
  const changes: SubmissionChanges = { name: options.name };
  await change(
    options,
    async (client) => {
      await client.updateSubmission(productId, submissionId, changes);
      return client.getSubmission(productId, submissionId);
    },
    (submission) => print(submission, options),
  );
}

async function commit(text: string, options: Options & DryRunOptions): Promise<void> {
  const { productId, submissionId } = referenceOf(text, options);
  await change(
    options,
    async (client) => {
      await client.commitSubmission(productId, submissionId);
      return client.getSubmission(productId, submissionId);
    },
    (submission) => print(submission, options),
  );
}

async function metadata(text: string, options: Options & DryRunOptions): Promise<void> {
  const { productId, submissionId } = referenceOf(text, options);
  await change(
    options,
    async (client) => {
      await client.createPublisherMetadata(productId, submissionId);
      return client.getSubmission(productId, submissionId);
    },
    (submission) => print(submission, options),
  );
}

async function upload(text: string, file: string, options: Options & DryRunOptions): Promise<void> {
  const { productId, submissionId } = referenceOf(text, options);
  const progress = createProgress(options.quiet === true);
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    for (const warning of await checkPackage(handle, file, size)) progress.note(`warning: ${warning}`);
    await interruptible(async (signal) => {
      const client = await connect(options, signal, progress);
      const submission = await client.getSubmission(productId, submissionId);
      const url = findDownload(submission, 'initialPackage');
      if (url === undefined || submission.commitStatus.toLowerCase() !== 'commitpending') {
        throw new CommandError(
          EXIT.invalidState,
          `Submission ${submissionId} takes no package: its commit status is ${submission.commitStatus}.`,
          'Make a new submission: "assay submission create".',
        );
      }
      if (options.dryRun === true) {
        await printPlan([{ method: 'PUT', path: maskUrl(url) }], options);
        return;
      }
      const uploadedBytes = await client.uploadPackage(submission, fileSource(handle, size), {
        resume: true,
        onProgress: (bytes) => progress.count('uploading', bytes, size),
      });
      const result = { productId, submissionId, file, uploadedBytes };
      await printResult(result, { fields: result }, options);
    });
  } finally {
    progress.end();
    await handle.close();
  }
}

function wait(text: string, options: Options & SubmissionWaitOptions): Promise<void> {
  return waitAndPrint(referenceOf(text, options), options, (submission) => print(submission, options));
}

function download(text: string, options: Options & SubmissionDownloadOptions): Promise<void> {
  return downloadAndPrint(referenceOf(text, options), options);
}

function command(name: string, description: string): Command {
  return addServiceOptions(addOutputOptions(new Command(name).description(description)));
}

/** A command on one submission. */
function onOne(name: string, description: string): Command {
  return command(name, description)
    .argument('<submission>', 'PRODUCT/SUBMISSION, or the address of the submission')
    .option(
      '--product <product>',
      'id or address of the product, for a submission by its bare id',
      parseProductReference,
    );
}

function withUrls(showing: Command): Command {
  return showing.option('--show-urls', 'print the download URLs whole; whoever has one can read or write the file');
}

export function submissionCommand(): Command {
  const product = ['<product>', 'id or address of the product', parseProductReference] as const;
  return new Command('submission')
    .addCommand(
      command('list', 'list the submissions of a product')
        .argument(...product)
        .option('--name <text>', 'only those whose name contains this')
        .option('--limit <number>', 'at most so many', parseCount)
        .action(list),
    )
    .addCommand(withUrls(onOne('show', 'show a submission')).alias('get').action(show))
    .addCommand(
      withUrls(addBodyOption(addDryRunOption(command('create', 'make a submission')), 'the body of the request'))
        .argument(...product)
        .option('--name <text>', 'name of the submission')
        .addOption(
          new Option(
            '--type <which>',
            'the first submission of a product, or one that follows (default: initial)',
          ).choices(['initial', 'derived']),
        )
        .action(create),
    )
    .addCommand(
      withUrls(addDryRunOption(onOne('update', 'give a submission another name')))
        .requiredOption('--name <text>', 'its name')
        .action(update),
    )
    .addCommand(
      addDryRunOption(onOne('upload', 'upload the package of a submission that is not committed yet'))
        .argument('<package>', 'the cabinet, as "assay pack" makes it, or an HLK package')
        .option('--quiet', 'no progress on stderr')
        .action(upload),
    )
    .addCommand(
      withUrls(addDryRunOption(onOne('commit', 'commit a submission: the service starts to work on it'))).action(
        commit,
      ),
    )
    .addCommand(withUrls(addWaitOptions(onOne('wait', 'wait until a submission is signed or has failed'))).action(wait))
    .addCommand(addDownloadOptions(onOne('download', 'download what a submission offers')).action(download))
    .addCommand(
      withUrls(
        addDryRunOption(onOne('metadata', 'ask for the driver metadata of a submission that a partner shared')),
      ).action(metadata),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay submission list 13635057453741329\n  assay submission show 13635057453741329/1152921504621441930 --query "workflowStatus.messages"\n  assay submission create 13635057453741329 --name "Echo 1.0"\n  assay submission upload 13635057453741329/1152921504621441930 echo.cab\n  assay submission commit 13635057453741329/1152921504621441930\n  assay submission wait 13635057453741329/1152921504621441930 --timeout 90m\n  assay submission download 13635057453741329/1152921504621441930 --out signed.zip',
    );
}
