// `assay submit`: sends a package and comes back with the signed one. Run again, it goes on where it was.
import { open } from 'node:fs/promises';
import {
  type CodeTables,
  type NewProduct,
  requireSameSubmission,
  SubmissionFailedError,
  SubmissionMismatchError,
  WaitTimeoutError,
} from '@assay/hardware-api';
import { Command, InvalidArgumentError, Option } from 'commander';
import { errorAnnotation, reportToGitHub } from '../ci/github.ts';
import { codesOption } from '../codes-file.ts';
import { resolveConnection } from '../credentials.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { parseSubmissionReference, type SubmissionReference } from '../identifiers.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { addServiceOptions, createServiceClient, type ServiceOptions } from '../service-client.ts';
import { checkPackage } from '../submitting/check-package.ts';
import { sha256OfFile } from '../submitting/download-file.ts';
import { planRequests } from '../submitting/planned-requests.ts';
import { type ProductFlags, readProductRequest } from '../submitting/product-request.ts';
import { openStateFile, readStateFile, type StateFile, stateFileOf } from '../submitting/state-file.ts';
import { submitPackage } from '../submitting/submit-package.ts';
import { resultOf, type SubmitResult, viewOf } from '../submitting/submit-result.ts';
import { createVerification } from '../submitting/verify-download.ts';

interface SubmitOptions extends ServiceOptions, OutputOptions, ProductFlags {
  readonly codes: CodeTables;
  readonly out?: string;
  readonly metadata?: string;
  readonly timeout: number;
  readonly pollInterval?: number;
  readonly settleTime?: number;
  readonly wait: boolean;
  readonly resume?: SubmissionReference;
  /** False with --no-state. */
  readonly state?: string | false;
  readonly startOver?: boolean;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly trust: readonly string[];
  readonly force?: boolean;
  readonly quiet?: boolean;
}

function parseList(text: string, previous: readonly string[] = []): string[] {
  return [
    ...previous,
    ...text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ];
}

function collect(text: string, previous: readonly string[]): string[] {
  return [...previous, text];
}

function parseDate(text: string): string {
  const isDate = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text);
  if (!isDate || Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('Write a date such as 2027-03-01.');
  return new Date(text).toISOString();
}

/** Throws for combinations that make no sense. */
function requireSense(options: SubmitOptions): void {
  if (options.wait && options.out === undefined && !options.dryRun) {
    throw new CommandError(
      EXIT.usage,
      'Where should the signed package go?',
      'Pass --out FILE, or --no-wait to leave it at the service.',
    );
  }
  if (!options.wait && (options.metadata !== undefined || options.verify)) {
    throw new CommandError(EXIT.usage, '--no-wait leaves nothing to download.', 'Leave out --metadata and --verify.');
  }
}

interface Outcome {
  readonly result: SubmitResult | undefined;
  readonly error?: unknown;
}

/** What is printed when the workflow ended badly or not in time: the same shape, so that scripts find the ids. */
function partialResult(error: unknown, reference: SubmissionReference | undefined): SubmitResult | undefined {
  if (reference === undefined) return undefined;
  const isEnd = error instanceof SubmissionFailedError || error instanceof WaitTimeoutError;
  return isEnd && error.submission !== undefined
    ? resultOf(error.submission)
    : { ...reference, name: '', commitStatus: '' };
}

/** Errors of the way in the words of this command. */
/**
 * Where the state of this submission is kept; undefined when it is not. A rehearsal is gone when it ends, and what it knew must not
 * be taken for the state of a real submission: there it is kept only where --state says.
 */
function statePathOf(packagePath: string, { state }: SubmitOptions): string | undefined {
  if (state !== undefined) return state === false ? undefined : state;
  return process.env.ASSAY_REHEARSAL_URL ? undefined : stateFileOf(packagePath);
}

function explain(error: unknown, statePath: string | undefined): unknown {
  if (!(error instanceof SubmissionMismatchError) || statePath === undefined) return error;
  const { product, submission } = error.state;
  const ids = [product?.id, submission?.id].filter((id) => id !== undefined).join('/');
  return new CommandError(
    EXIT.invalidState,
    `${statePath} belongs to something else${ids === '' ? '' : ` (${ids})`}. ${error.message}`,
    'Pass --start-over to make a new product, or --state FILE to keep this state and begin another.',
  );
}

async function dryRun(packagePath: string, options: SubmitOptions, product: NewProduct | undefined): Promise<void> {
  const handle = await open(packagePath, 'r');
  const progress = createProgress(options.quiet === true);
  let size: number;
  try {
    ({ size } = await handle.stat());
    for (const warning of await checkPackage(handle, packagePath, size)) progress.note(`warning: ${warning}`);
  } finally {
    await handle.close();
  }
  const { resume } = options;
  const path = statePathOf(packagePath, options);
  const record = path === undefined || options.startOver ? undefined : await readStateFile(path);
  if (record?.submission.product !== undefined) {
    const sha256 = (await sha256OfFile(packagePath)) ?? '';
    const content = new Uint8Array();
    try {
      requireSameSubmission(record.submission, { product, existing: resume, package: { content, size, sha256 } });
    } catch (error) {
      throw explain(error, path);
    }
  }
  const given = resume && {
    product: { intendedAt: '', id: resume.productId },
    submission: { intendedAt: '', id: resume.submissionId },
  };
  const requests = planRequests({
    product,
    submissionName: product?.productName ?? '',
    packageBytes: size,
    state: record?.submission ?? given ?? {},
    downloads: options.wait ? ['signedPackage', ...(options.metadata === undefined ? [] : ['driverMetadata'])] : [],
  });
  const rows = requests.map(({ method, path: target, body }) => [
    method,
    target,
    body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
  ]);
  await printResult({ dryRun: true, requests }, { headings: ['METHOD', 'PATH', 'BODY'], rows }, options);
}

/** Says how to go on, where that is possible. */
function adviseOnGoingOn(ended: {
  readonly error: unknown;
  readonly packagePath: string;
  readonly options: SubmitOptions;
  readonly reference: SubmissionReference | undefined;
  readonly stateFile: StateFile | undefined;
  readonly progress: Progress;
}): void {
  const { error, packagePath, options, reference, stateFile, progress } = ended;
  if (error instanceof CommandError || error instanceof SubmissionMismatchError) return;
  if (error instanceof SubmissionFailedError) {
    if (stateFile !== undefined) progress.note('A product takes one such submission; --start-over makes a new one.');
  } else if (stateFile?.record?.submission.product !== undefined) {
    // With --start-over again there would be another product.
    progress.note(`To go on, run the same command again${options.startOver ? ' without --start-over' : ''}.`);
  } else if (reference !== undefined) {
    const ids = `${reference.productId}/${reference.submissionId}`;
    progress.note(`To go on: assay submit ${packagePath} --resume ${ids} --out FILE`);
  }
}

async function run(
  packagePath: string,
  options: SubmitOptions,
  product: NewProduct | undefined,
  progress: Progress,
): Promise<Outcome> {
  const verify = options.verify ? await createVerification(options) : undefined;
  const connection = await resolveConnection(options, process.env);
  let reference: SubmissionReference | undefined;
  let stateFile: StateFile | undefined;
  try {
    const statePath = statePathOf(packagePath, options);
    if (statePath !== undefined) {
      stateFile = await openStateFile(
        statePath,
        { url: connection.url, tenant: connection.tenantId || undefined },
        { startOver: options.startOver === true },
      );
    }
    const result = await interruptible(async (signal) =>
      submitPackage({
        client: await createServiceClient(connection, options, { signal, progress }),
        progress,
        packagePath,
        product,
        resume: options.resume,
        stateFile,
        outputs: options.wait
          ? {
              ...(options.out !== undefined && { signedPackage: options.out }),
              ...(options.metadata !== undefined && { driverMetadata: options.metadata }),
            }
          : {},
        force: options.force === true,
        verify,
        timeoutMs: options.timeout,
        pollIntervalMs: options.pollInterval,
        settleMs: options.settleTime,
        onKnown: (known) => {
          reference = known;
        },
        signal,
      }),
    );
    return { result };
  } catch (error) {
    adviseOnGoingOn({ error, packagePath, options, reference, stateFile, progress });
    return { result: partialResult(error, reference), error: explain(error, stateFile?.path) };
  } finally {
    progress.end();
    await stateFile?.close();
  }
}

async function submit(packagePath: string, options: SubmitOptions): Promise<void> {
  requireSense(options);
  const product =
    options.resume === undefined ? await readProductRequest(packagePath, options, options.codes) : undefined;
  if (options.dryRun) return dryRun(packagePath, options, product);
  const { result, error } = await run(packagePath, options, product, createProgress(options.quiet === true));
  const isEnd = error instanceof SubmissionFailedError || error instanceof WaitTimeoutError;
  if (result !== undefined) {
    if (error === undefined || isEnd) await printResult(result, viewOf(result), options);
    await reportToGitHub(result, process.env, error === undefined ? undefined : messageOf(error));
  }
  if (error !== undefined) throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function submitAnnotated(packagePath: string, options: SubmitOptions): Promise<void> {
  try {
    await submit(packagePath, options);
  } catch (error) {
    process.stderr.write(errorAnnotation('assay submit', messageOf(error), process.env) ?? '');
    throw error;
  }
}

export function submitCommand(): Command {
  const command = new Command('submit')
    .argument('<package>', 'the cabinet, as "assay pack" makes it, or an HLK package')
    .addOption(
      new Option(
        '--test-harness <which>',
        'how the drivers were tested; hlk and hck take systems and product types from the package (default: attestation)',
      ).choices(['attestation', 'hlk', 'hck']),
    )
    .option('--product <file>', 'JSON file with the whole body of the request for a product; flags win over it')
    .option('--name <text>', 'name of the product and the submission (default: the name of the file)')
    .option('--signatures <codes>', 'operating system codes, separated by commas', parseList)
    .option(
      '--product-type <family=type>',
      'product type for an operating system family; may be repeated',
      parseList,
      [],
    )
    .addOption(
      new Option('--device-type <type>', 'kind of device (default: internalExternal)').choices([
        'internal',
        'external',
        'internalExternal',
        'notSet',
      ]),
    )
    .option('--firmware-version <text>', 'version of the firmware')
    .option('--announcement-date <date>', 'day from which the product may be named in public', parseDate)
    .option('--marketing-name <text>', 'name under which the product is sold; may be repeated', collect, [])
    .addOption(codesOption())
    .option('--out <file>', 'where the signed package goes')
    .option('--metadata <file>', 'where the driver metadata goes; waits until it is there')
    .option('--verify', 'verify the signed package before it gets its name')
    .option('--trust <pem>', 'certificates to trust for --verify; may be repeated', collect, [])
    .option('--timeout <duration>', 'how long to wait for the signed package', parseDuration, parseDuration('60m'))
    .option('--poll-interval <duration>', 'time between two looks (default: grows to 15 seconds)', parseDuration)
    .option(
      '--settle-time <duration>',
      'how long a request of a run that died may still be under way (default: 10s)',
      parseDuration,
    )
    .option('--no-wait', 'end after the commit; the signed package stays at the service')
    .option(
      '--state <file>',
      'where the state is kept that a later run goes on with (default: PACKAGE.assay-submit.json)',
    )
    .option('--no-state', 'keep no state')
    .option('--start-over', 'forget the state of earlier runs and make a new product')
    .option('--resume <product/submission>', 'go on with this submission; ids or an address', (text: string) =>
      parseSubmissionReference(text),
    )
    .option('--dry-run', 'check everything that can be checked here, and print the requests instead of sending them')
    .option('--force', 'replace the files of --out and --metadata when they exist')
    .option('--quiet', 'no progress on stderr');
  return addOutputOptions(addServiceOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  assay submit echo.cab --name "Echo 1.0" --signatures WINDOWS_v100_X64_GE_FULL --out signed.zip
  assay submit echo.cab --signatures WINDOWS_v100_X64_NI_FULL,WINDOWS_v100_ARM64_NI_FULL --out signed.zip -o json
  assay submit echo.cab --product product.json --out signed.zip --verify --trust ca.pem --timeout 2h

Run again after whatever ended it, it goes on where it was, and never makes a second product by accident.
Exit code 0 means that the signed package is there, complete.`,
    )
    .action(submitAnnotated);
}
