// Says what is in a file that can be signed: its format, digests, contents and signatures. Nothing is judged; for that there
// is verify/.
import { createHash } from 'node:crypto';
import { type ByteSource, streamSource } from '../byte-source.ts';
import { toHex } from '../bytes.ts';
import { identifySource } from '../identify.ts';
import { computePeDigests } from '../pe/index.ts';
import type { FileFormat, SignableFile } from '../signable-file.ts';
import { describeCabinet, describeCatalog, describePackage } from './describe-formats.ts';
import { describeImage } from './describe-image.ts';
import { describeSignature } from './describe-signature.ts';
import type { DescriptionOptions, FileDescription, SignatureDescription } from './description.ts';
import { FaultLog } from './fault-log.ts';

/** Signatures that are described side by side. */
const MAXIMUM_SIGNATURES = 64;

type Contents = Partial<Pick<FileDescription, 'image' | 'catalog' | 'cabinet' | 'package'>>;

/** What each format has besides signatures. */
const CONTENTS: Readonly<
  Record<
    FileFormat,
    (source: ByteSource, options: DescriptionOptions, signatures: readonly SignatureDescription[]) => Promise<Contents>
  >
> = {
  pe: async (source, _options, signatures) => ({ image: await describeImage(source, signatures) }),
  cat: async (source, options) => ({ catalog: await describeCatalog(source, options) }),
  cab: async (source, options) => ({ cabinet: await describeCabinet(source, options) }),
  hlkx: async (source, options) => ({ package: await describePackage(source, options) }),
};

async function digestOfFile(source: ByteSource): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of streamSource(source)) hash.update(chunk);
  return hash.digest('hex');
}

async function authenticodeDigests(
  file: SignableFile,
  source: ByteSource,
): Promise<{ readonly sha1: string; readonly sha256: string }> {
  if (file.name === 'pe') {
    const digests = await computePeDigests(source, ['sha1', 'sha256']);
    return {
      sha1: toHex(digests.get('sha1') ?? new Uint8Array(0)),
      sha256: toHex(digests.get('sha256') ?? new Uint8Array(0)),
    };
  }
  return { sha1: toHex(await file.digest(source, 'sha1')), sha256: toHex(await file.digest(source, 'sha256')) };
}

/**
 * Describes a file. A part that cannot be read is left out and told of in `faults`; a file of a format that cannot be
 * signed has size and SHA-256 only. Never throws for malformed input.
 */
export async function describeFile(source: ByteSource, options: DescriptionOptions = {}): Promise<FileDescription> {
  const log = new FaultLog();
  const sha256 = await digestOfFile(source);
  const file = await log.collect('file', () => identifySource(source));
  if (file === undefined) {
    const title = 'a file of a format that cannot be signed';
    return { format: 'unknown', title, size: source.size, sha256, signatures: [], faults: log.faults };
  }
  const authenticode = await log.collect('digest', () => authenticodeDigests(file, source));
  const signatures: SignatureDescription[] = [];
  const found = (await log.collect('signatures', () => file.readSignatures(source))) ?? [];
  for (const [index, bytes] of found.slice(0, MAXIMUM_SIGNATURES).entries()) {
    const described = await describeSignature(file, bytes, `signature ${index + 1}`, log);
    if (described !== undefined) signatures.push(described);
  }
  const contents = await log.collect('contents', () => CONTENTS[file.name](source, options, signatures));
  return {
    format: file.name,
    title: file.title,
    size: source.size,
    sha256,
    ...(authenticode === undefined ? {} : { authenticode }),
    ...contents,
    signatures,
    faults: log.faults,
  };
}
