// Unpacks a package into numbered files and takes an inventory: digests of every file, and of executable images what
// the catalog and the signatures need.
import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  computePeDigests,
  countSignatures,
  machineName,
  ParseError,
  pe,
  readPeImage,
  type SigningMode,
  verifyFile,
} from '@assay/authenticode';
import { checkLayout, type Finding, openPackageContent } from '@assay/driver-package';
import type { ExtractAnswer, ExtractedFile, ExtractRequest, ImageFacts } from '../protocol.ts';
import { brokenSignature } from './broken-signature.ts';
import { withFile, writeAll } from './open-file.ts';
import { mostUnpackedBytes } from './unpacked-size.ts';

interface Written {
  readonly size: number;
  readonly sha1: Hash;
  readonly sha256: Hash;
}

/** Unpacks `request.file` into `request.into`. Throws ParseError when the package does not hold what it claims. */
export async function extract(request: ExtractRequest): Promise<ExtractAnswer> {
  return await withFile(request.file, async (source) => {
    const { limits } = request;
    const content = await openPackageContent(source, {
      files: limits.files,
      totalBytes: mostUnpackedBytes(source.size, limits),
    });
    const layout = checkLayout(content.files);
    const pathOf = new Map(
      // One spelling of the folder's name for all its files, so that they stay one driver.
      layout.folders.flatMap((folder) =>
        folder.files.map((file) => [file.index, `${folder.name}/${file.name}`] as const),
      ),
    );
    const written = new Map<number, Written>();
    await content.unpack(async (index) => {
      if (!pathOf.has(index)) return undefined;
      const handle = await open(join(request.into, String(index)), 'w', 0o600);
      const sha1 = createHash('sha1');
      const sha256 = createHash('sha256');
      let size = 0;
      return {
        async write(chunk: Uint8Array) {
          sha1.update(chunk);
          sha256.update(chunk);
          size += chunk.length;
          await writeAll(handle, chunk);
        },
        async close() {
          await handle.close();
          written.set(index, { size, sha1, sha256 });
        },
      };
    });
    const files: ExtractedFile[] = [];
    const findings: Finding[] = [];
    for (const [index, path] of [...pathOf].sort(([a], [b]) => a - b)) {
      const facts = written.get(index);
      if (facts === undefined) {
        throw new ParseError('cab', 'file-not-in-folder', `the data of ${path} is not in the package`);
      }
      const image = await imageFacts(join(request.into, String(index)), path, request.signingMode);
      if (image.finding) findings.push(image.finding);
      files.push({
        path,
        size: facts.size,
        written: String(index),
        sha1: facts.sha1.digest('hex'),
        sha256: facts.sha256.digest('hex'),
        image: image.facts,
      });
    }
    return { files, findings };
  });
}

const IMAGE_NAMES = /\.(sys|dll|exe|efi|ocx|cpl|drv|scr|mui|ax)$/i;
const HEAD_BYTES = 512;

interface ImageLook {
  readonly facts: ImageFacts | undefined;
  readonly finding?: Finding;
}

async function imageFacts(file: string, path: string, mode: SigningMode): Promise<ImageLook> {
  return await withFile(file, async (source): Promise<ImageLook> => {
    const head = await source.read(0, Math.min(HEAD_BYTES, source.size));
    if (!pe.identify(head)) {
      if (!IMAGE_NAMES.test(path)) return { facts: undefined };
      return {
        facts: undefined,
        finding: {
          rule: 'image-is-readable',
          severity: 'warning',
          file: path,
          summary: `${path} has the name of an executable image but is not one.`,
          explanation: 'The file is cataloged as plain bytes and gets no embedded signature.',
          remedy: 'If Windows is to load it, check how it was built; otherwise rename it.',
        },
      };
    }
    try {
      const image = await readPeImage(source);
      const digests = await computePeDigests(source, ['sha1', 'sha256']);
      const hex = (algorithm: 'sha1' | 'sha256'): string => Buffer.from(digests.get(algorithm) ?? []).toString('hex');
      const signatures = await countSignatures(pe, source);
      const fault =
        signatures === 0 || mode === 'replace' ? undefined : brokenSignature(await verifyFile(source, { anchors: [] }));
      if (fault !== undefined) {
        return {
          facts: undefined,
          finding: {
            rule: 'image-signature-is-intact',
            severity: 'error',
            file: path,
            summary: `${path} carries a signature that does not hold: ${fault}.`,
            explanation:
              'Signatures that images come with are kept and ours is added, so they must be those of the file.',
            remedy: 'Sign the file again as the last step after building it, or submit it without a signature.',
          },
        };
      }
      return {
        facts: {
          machine: machineName(image.machine),
          subsystem: image.subsystem,
          sha1: hex('sha1'),
          sha256: hex('sha256'),
          signatures,
        },
      };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return {
        facts: undefined,
        finding: {
          rule: 'image-is-readable',
          severity: 'error',
          file: path,
          summary: `${path} is a malformed executable image: ${error.message}.`,
          explanation: 'It cannot be signed, because its digest is not defined.',
          remedy: 'Build the file again; if another tool signed or changed it after linking, leave that step out.',
        },
      };
    }
  });
}
