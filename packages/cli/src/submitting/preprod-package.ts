// The way of a preprod package on the command line: send the file, and fetch what came of it.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fileSource } from '@assay/authenticode';
import { findSignedAsset, type HardwareClient, type PreprodPackage } from '@assay/hardware-api';
import { writeAtomically } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import { checkPackage } from './check-package.ts';

/** Checks a package file and sends it. Throws CommandError for one that the service is sure to refuse. */
export async function sendPreprodPackage(
  client: HardwareClient,
  path: string,
  progress: Progress,
): Promise<PreprodPackage> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    for (const warning of await checkPackage(handle, path, size)) progress.note(`warning: ${warning}`);
    return await client.submitPreprodPackage(fileSource(handle, size), {
      onProgress: (bytes) => progress.count('uploading', bytes, size),
    });
  } finally {
    await handle.close();
  }
}

/** A file that was downloaded. */
export interface DownloadedAsset {
  readonly assetId: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Downloads an asset, by default the signed files, into a file that appears whole or not at all. */
export async function downloadAsset(
  client: HardwareClient,
  from: { readonly packageId: string; readonly assetId?: string | undefined },
  to: { readonly path: string; readonly force: boolean },
  progress: Progress,
): Promise<DownloadedAsset> {
  const { packageId } = from;
  const assetId = from.assetId ?? (await findSigned(client, packageId));
  const { size, sha256 = '' } = await writeAtomically(to.path, to.force, (handle) =>
    client.downloadPreprodAsset(
      packageId,
      assetId,
      { write: (bytes) => handle.writeFile(bytes) },
      {
        digest: createHash('sha256'),
        onProgress: (bytes, total) => progress.count('downloading', bytes, total),
      },
    ),
  );
  progress.note(`downloaded ${size} bytes to ${to.path}`);
  return { assetId, path: to.path, size, sha256 };
}

async function findSigned(client: HardwareClient, packageId: string): Promise<string> {
  const current = await client.getPreprodPackage(packageId);
  const asset = findSignedAsset(current);
  if (asset !== undefined) return asset.id;
  throw new CommandError(
    EXIT.invalidState,
    `Package ${packageId} is ${current.signingStatus} and has no signed files.`,
    current.error?.message ?? `Wait for it with "assay preprod wait ${packageId}".`,
  );
}
