// Verifies one file of whatever kind: image, cabinet, catalog, signed archive, or any file through a catalog.
import { readFile } from 'node:fs/promises';
import {
  type Certificate,
  identifySource,
  parsePemCertificates,
  type VerificationOptions,
  verifyFile,
  verifyFileInCatalog,
} from '@assay/authenticode';
import { identifyContainer } from '@assay/driver-package';
import { CommandError, EXIT } from '../exit-codes.ts';
import { withFile } from '../with-file.ts';
import { verifySignedZip } from './signed-zip.ts';
import { toItem, type VerifiedItem } from './verification.ts';

/** Certificates of PEM files. Throws CommandError when a file holds none. */
export async function readAnchors(paths: readonly string[]): Promise<Certificate[]> {
  const anchors: Certificate[] = [];
  for (const path of paths) {
    const certificates = parsePemCertificates(await readFile(path, 'utf8'));
    if (certificates.length === 0) {
      throw new CommandError(
        EXIT.usage,
        `${path} holds no certificate.`,
        'Pass a PEM file with BEGIN CERTIFICATE in it.',
      );
    }
    anchors.push(...certificates);
  }
  return anchors;
}

/** Verifies a file; with a catalog the file must be a member of it, without one it must carry a signature itself. */
export async function verifyPath(
  path: string,
  options: VerificationOptions,
  catalog?: { readonly path: string; readonly bytes: Uint8Array },
): Promise<VerifiedItem[]> {
  return withFile(path, async (source) => {
    if (catalog !== undefined) {
      const inCatalog = await verifyFileInCatalog(source, catalog.bytes, { ...options, fileName: path });
      return [toItem(path, inCatalog, catalog.path)];
    }
    const isZip = identifyContainer(await source.read(0, Math.min(source.size, 16))) === 'zip';
    if (isZip && (await identifySource(source)) === undefined) return verifySignedZip(path, options);
    return [toItem(path, await verifyFile(source, options))];
  });
}
