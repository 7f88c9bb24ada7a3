// `assay download`: fetches the signed package or another file of a submission. Run again after it was stopped, it goes on.
import { rm } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { SubmissionReference } from '../identifiers.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { createProgress } from '../progress.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';
import { type DownloadedFile, downloadToFile, requireDownloadable } from '../submitting/download-file.ts';
import { flattenPackage, requireEmptyFolder } from '../submitting/flatten-package.ts';
import { createVerification } from '../submitting/verify-download.ts';
import { whichSubmission } from './wait.ts';

/** What a download of a submission's item needs to know. */
export interface SubmissionDownloadOptions extends ServiceOptions, OutputOptions {
  readonly out: string;
  readonly type: string;
  readonly sha256?: string;
  readonly verify?: boolean;
  readonly trust: readonly string[];
  readonly flatten?: boolean;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

interface DownloadCommandOptions extends SubmissionDownloadOptions {
  readonly state?: string;
}

interface DownloadSummary extends DownloadedFile {
  readonly productId: string;
  readonly submissionId: string;
  readonly type: string;
  readonly verified?: boolean;
  /** Files in the folder, when it was unpacked. */
  readonly files?: number;
}

/** Downloads an item of a submission and prints where it is. Throws what the client throws, and CommandError. */
export async function downloadAndPrint(
  { productId, submissionId }: SubmissionReference,
  options: SubmissionDownloadOptions,
): Promise<void> {
  const { type, out, flatten, sha256 } = options;
  if ((options.verify || flatten) && type.toLowerCase() !== 'signedpackage') {
    throw new CommandError(EXIT.usage, '--verify and --flatten are for signed packages.', 'Leave out --type.');
  }
  const check = options.verify ? await createVerification(options) : undefined;
  if (flatten) await requireEmptyFolder(out);
  const progress = createProgress(options.quiet === true);
  let summary: DownloadSummary;
  try {
    summary = await interruptible(async (signal) => {
      const client = await connect(options, signal, progress);
      const submission = await client.getSubmission(productId, submissionId);
      requireDownloadable(submission, type);
      const archive = flatten ? `${out.replace(/[\\/]+$/, '')}.zip` : out;
      const target = { path: archive, force: options.force === true, expectedSha256: sha256, check };
      const file = await downloadToFile(client, submission, type, target, progress);
      const common = { productId, submissionId, type, ...(check !== undefined && { verified: true }) };
      if (!flatten) return { ...common, ...file };
      const files = await flattenPackage(archive, out);
      await rm(archive);
      return { ...common, ...file, path: out, files };
    });
  } finally {
    progress.end();
  }
  await printResult(summary, { fields: { ...summary } }, options);
}

async function download(text: string | undefined, options: DownloadCommandOptions): Promise<void> {
  await downloadAndPrint(await whichSubmission(text, options.state), options);
}

function parseSha256(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Write a SHA-256 as 64 hexadecimal digits.');
  return text.toLowerCase();
}

/** Adds what a download can be told, but for the submission. */
export function addDownloadOptions(command: Command): Command {
  const collect = (text: string, previous: readonly string[]) => [...previous, text];
  return command
    .requiredOption('--out <file>', 'where it goes; with --flatten a folder')
    .option(
      '--type <type>',
      'what to download: signedPackage, initialPackage, derivedPackage, driverMetadata, certificationReport',
      'signedPackage',
    )
    .option('--sha256 <hex>', 'digest that it must have', parseSha256)
    .option('--verify', 'verify the signed package before it gets its name')
    .option('--trust <pem>', 'certificates to trust for --verify; may be repeated', collect, [])
    .option('--flatten', 'unpack into the folder --out, without the "drivers" folder around everything')
    .option('--force', 'replace the file of --out when it exists')
    .option('--quiet', 'no progress on stderr');
}

export function downloadCommand(): Command {
  const command = new Command('download')
    .argument('[submission]', 'PRODUCT/SUBMISSION, or an address of it in the API or in Partner Center')
    .option('--state <file>', 'the submission of this state file of "assay submit"');
  return addOutputOptions(addServiceOptions(addDownloadOptions(command)))
    .addHelpText(
      'after',
      '\nExamples:\n  assay download 13635057453741329/1152921504621441930 --out signed.zip --verify --trust ca.pem\n  assay download --state echo.cab.assay-submit.json --out drivers --flatten\n\nWhat was stopped stays as FILE.partial; the same command goes on from there.',
    )
    .action(download);
}
