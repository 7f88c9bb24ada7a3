// `assay preprod`: packages that are signed for preproduction testing, without a product.
import { type HardwareClient, PreprodFailedError, type PreprodPackage } from '@assay/hardware-api';
import { Command } from 'commander';
import { refuseExisting } from '../atomic-file.ts';
import { parseDuration } from '../duration.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { createProgress, type Progress } from '../progress.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';
import { type DownloadedAsset, downloadAsset, sendPreprodPackage } from '../submitting/preprod-package.ts';

interface CommonOptions extends ServiceOptions, OutputOptions {
  readonly quiet?: boolean;
}

interface WaitingOptions extends CommonOptions {
  readonly timeout: number;
  readonly pollInterval?: number;
}

interface SubmitOptions extends WaitingOptions {
  readonly out?: string;
  readonly force?: boolean;
}

interface DownloadOptions extends CommonOptions {
  readonly out: string;
  readonly asset?: string;
  readonly force?: boolean;
}

function printPackage(current: PreprodPackage, options: OutputOptions, signed?: DownloadedAsset): Promise<void> {
  const fields = {
    id: current.id,
    signingStatus: current.signingStatus,
    lastModified: current.lastModified,
    error: current.error?.message,
    assets: current.assets?.map(({ id }) => id).join(', '),
    signedPackage: signed?.path,
    signedPackageBytes: signed?.size,
    signedPackageSha256: signed?.sha256,
  };
  return printResult(signed === undefined ? current : { ...current, signedPackage: signed }, { fields }, options);
}

/** Waits for the end of a package. One that failed is printed like any other, and thrown. */
async function waitForEnd(
  client: HardwareClient,
  packageId: string,
  options: WaitingOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<PreprodPackage> {
  try {
    return await client.waitForPreprodPackage(packageId, {
      timeoutMs: options.timeout,
      pollIntervalMs: options.pollInterval,
      onProgress: ({ signingStatus }) => progress.note(signingStatus),
      signal,
    });
  } catch (error) {
    if (error instanceof PreprodFailedError) await printPackage(error.package, options);
    else progress.note(`To look again: assay preprod wait ${packageId}`);
    throw error;
  }
}

async function submit(path: string, options: SubmitOptions): Promise<void> {
  const progress = createProgress(options.quiet === true);
  const { out, force = false } = options;
  if (out !== undefined) await refuseExisting(out, force);
  await interruptible(async (signal) => {
    const client = await connect(options, signal, progress);
    const sent = await sendPreprodPackage(client, path, progress);
    progress.note(`package ${sent.id} submitted`);
    if (out === undefined) {
      await printPackage(sent, options);
      return;
    }
    const ended = await waitForEnd(client, sent.id, options, progress, signal);
    const signed = await downloadAsset(client, { packageId: ended.id }, { path: out, force }, progress);
    await printPackage(ended, options, signed);
  });
}

async function status(packageId: string, options: CommonOptions): Promise<void> {
  const client = await connect(options);
  await printPackage(await client.getPreprodPackage(packageId), options);
}

async function assets(packageId: string, options: CommonOptions): Promise<void> {
  const client = await connect(options);
  const found = await client.listPreprodAssets(packageId);
  const rows = found.map(({ id, assetType, createdDate, contentHash }) => [id, assetType, createdDate, contentHash]);
  await printResult(found, { headings: ['ASSET', 'TYPE', 'CREATED', 'SHA-256'], rows }, options);
}

async function wait(packageId: string, options: WaitingOptions): Promise<void> {
  const progress = createProgress(options.quiet === true);
  await interruptible(async (signal) => {
    const client = await connect(options, signal, progress);
    const ended = await waitForEnd(client, packageId, options, progress, signal);
    await printPackage(ended, options);
  });
}

async function download(packageId: string, options: DownloadOptions): Promise<void> {
  const progress = createProgress(options.quiet === true);
  const { out, force = false, asset } = options;
  await refuseExisting(out, force);
  await interruptible(async (signal) => {
    const client = await connect(options, signal, progress);
    const signed = await downloadAsset(client, { packageId, assetId: asset }, { path: out, force }, progress);
    await printResult(signed, { fields: { ...signed } }, options);
  });
}

function command(name: string, description: string): Command {
  return addServiceOptions(
    addOutputOptions(new Command(name).description(description).option('--quiet', 'no progress on stderr')),
  );
}

function addWaitOptions(waiting: Command): Command {
  return waiting
    .option('--timeout <duration>', 'how long to wait for the signed files', parseDuration, parseDuration('60m'))
    .option('--poll-interval <duration>', 'time between two looks (default: grows to 15 seconds)', parseDuration);
}

export function preprodCommand(): Command {
  const packageId = ['<packageId>', 'id of the package, as "submit" prints it'] as const;
  return new Command('preprod')
    .addCommand(
      addWaitOptions(command('submit', 'send a package; with --out, wait and download the signed files'))
        .argument('<package>', 'the cabinet, as "assay pack" makes it')
        .option('--out <file>', 'where the signed files go')
        .option('--force', 'replace the file of --out when it exists')
        .action(submit),
    )
    .addCommand(
      command('status', 'show a package')
        .alias('show')
        .argument(...packageId)
        .action(status),
    )
    .addCommand(
      command('assets', 'list what can be downloaded of a package')
        .argument(...packageId)
        .action(assets),
    )
    .addCommand(
      command('download', 'download the signed files of a package')
        .argument(...packageId)
        .requiredOption('--out <file>', 'where they go')
        .option('--asset <id>', 'another asset of the package')
        .option('--force', 'replace the file of --out when it exists')
        .action(download),
    )
    .addCommand(
      addWaitOptions(command('wait', 'wait until a package is signed or has failed'))
        .argument(...packageId)
        .action(wait),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay preprod submit echo.cab --out signed.zip\n  assay preprod wait 0e2c52a4-5f0e-4c6a-9f2b-8a3d7c1b6e90 --timeout 30m',
    );
}
