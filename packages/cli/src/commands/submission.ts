// `assay submission`: the submissions of a product, step by step. `assay submit` takes all the steps at once.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fileSource } from '@assay/authenticode';
import {
  findDownload,
  maskUrl,
  type NewSubmission,
  type Submission,
  type SubmissionChanges,
  SubmissionFailedError,
  WaitTimeoutError,
} from '@assay/hardware-api';
import { Command, InvalidArgumentError, Option } from 'commander';
import { refuseExisting, writeAtomically } from '../atomic-file.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { parseProductReference, parseSubmissionReference } from '../identifiers.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printList, printResult } from '../output.ts';
import { createProgress } from '../progress.ts';
import { addDryRunOption, change, type DryRunOptions, printPlan } from '../requesting/dry-run.ts';
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

interface WaitOptions extends Options {
  readonly for: 'signedPackage' | 'driverMetadata';
  readonly timeout: number;
  readonly pollInterval?: number;
}

interface DownloadOptions extends Options {
  readonly type: string;
  readonly out: string;
  readonly force?: boolean;
  readonly sha256?: string;
}

const DOWNLOADS = ['signedPackage', 'driverMetadata', 'certificationReport', 'initialPackage', 'derivedPackage'];

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
  await change(
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
      const client = await connect(options, signal);
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
        onProgress: (bytes) => progress.count('uploading', bytes, size),
      });
      const result = { productId, submissionId, file, uploadedBytes };
      await printResult(result, { fields: result }, options);
    });
  } finally {
    await handle.close();
  }
}

async function wait(text: string, options: WaitOptions): Promise<void> {
  const { productId, submissionId } = referenceOf(text, options);
  const progress = createProgress(options.quiet === true);
  try {
    const ended = await interruptible(async (signal) =>
      (await connect(options, signal)).waitForSubmission(productId, submissionId, {
        waitFor: options.for,
        timeoutMs: options.timeout,
        pollIntervalMs: options.pollInterval,
        onProgress: ({ commitStatus, workflowStatus }) =>
          progress.note(workflowStatus ? `${workflowStatus.currentStep} ${workflowStatus.state}` : commitStatus),
        signal,
      }),
    );
    await print(ended, options);
  } catch (error) {
    const known = error instanceof SubmissionFailedError || error instanceof WaitTimeoutError;
    if (known && error.submission !== undefined) await print(error.submission, options);
    throw error;
  }
}

async function download(text: string, options: DownloadOptions): Promise<void> {
  const { productId, submissionId } = referenceOf(text, options);
  const { out, type, force = false, sha256: expectedSha256 } = options;
  const progress = createProgress(options.quiet === true);
  await refuseExisting(out, force);
  await interruptible(async (signal) => {
    const client = await connect(options, signal);
    const submission = await client.getSubmission(productId, submissionId);
    const { size, sha256 } = await writeAtomically(out, force, (handle) =>
      client.download(
        submission,
        type,
        { write: (bytes) => handle.writeFile(bytes) },
        {
          digest: createHash('sha256'),
          ...(expectedSha256 === undefined ? {} : { expectedSha256 }),
          onProgress: (bytes, total) => progress.count('downloading', bytes, total),
        },
      ),
    );
    const result = { productId, submissionId, type, path: out, size, sha256 };
    await printResult(result, { fields: result }, options);
  });
}

function parseSha256(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Write a SHA-256 as 64 hexadecimal digits.');
  return text.toLowerCase();
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
    .addCommand(
      withUrls(onOne('wait', 'wait until a submission is signed or has failed'))
        .addOption(
          new Option('--for <download>', 'what must be there; with driverMetadata both')
            .choices(['signedPackage', 'driverMetadata'])
            .default('signedPackage'),
        )
        .option('--timeout <duration>', 'how long to wait', parseDuration, parseDuration('60m'))
        .option('--poll-interval <duration>', 'time between two looks (default: grows to 15 seconds)', parseDuration)
        .option('--quiet', 'no progress on stderr')
        .action(wait),
    )
    .addCommand(
      onOne('download', 'download what a submission offers')
        .requiredOption('--out <file>', 'where it goes')
        .addOption(new Option('--type <which>', 'what').choices(DOWNLOADS).default('signedPackage'))
        .option('--sha256 <hex>', 'digest that it must have', parseSha256)
        .option('--force', 'replace the file of --out when it exists')
        .option('--quiet', 'no progress on stderr')
        .action(download),
    )
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
