// Files that can be signed, judged as a verifier does, and their signatures when the file around them is sound.
import {
  bytesSource,
  cabinet,
  catalog,
  checkPackage,
  describeFile,
  extractCabinet,
  identifySource,
  isCanonicalSignedData,
  parseCatalog,
  pe,
  readCabinet,
  readPeImage,
  rewriteStream,
  type SignableFile,
  SigningError,
  verifyFile,
  verifyFileInCatalog,
} from '../../src/index.ts';
import { makeLzxCabinet } from '../cab/lzx-cabinets.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { cabinets, catalogBytes, image, signedCatalog, signedImage, signedImage32, trust } from './samples.ts';

/** Everything that can be asked of a file of this format. */
async function judge(format: SignableFile, input: Uint8Array): Promise<void> {
  const source = bytesSource(input);
  await identifySource(source);
  await verifyFile(source, trust);
  await describeFile(source);
  await format.digest(source, 'sha1');
  await format.content(source, 'sha256');
  if (format.abilities.pageHashes) await orNoPageHashes(format.content(source, 'sha256', { pageHashes: true }));
  for await (const chunk of rewriteStream(source, await format.removeSignatures(source))) void chunk.length;
  for (const bytes of await format.readSignatures(source)) openAndCheck(format, bytes);
}

/** Some sound images cannot have page hashes, which is the fault of who asks for them. */
async function orNoPageHashes(content: Promise<unknown>): Promise<void> {
  try {
    await content;
  } catch (error) {
    if (!(error instanceof SigningError && error.code === 'no-page-hashes')) throw error;
  }
}

function openAndCheck(format: SignableFile, signature: Uint8Array): void {
  const opened = format.openSignature(signature);
  opened.checkGenuine();
  for (const nested of opened.nested) format.openSignature(nested);
}

async function extractAll(input: Uint8Array): Promise<void> {
  const source = bytesSource(input);
  const limits = { totalBytes: 16 * 1024 * 1024 };
  const sink = { write: () => undefined, close: () => undefined };
  await extractCabinet(source, await readCabinet(source, limits), () => sink, limits);
}

async function primarySignature(format: SignableFile, file: Uint8Array): Promise<Uint8Array> {
  const [signature = new Uint8Array(0)] = await format.readSignatures(bytesSource(file));
  return Uint8Array.from(signature);
}

const text = new TextEncoder().encode('HKR,,Setting,0x10001,1\r\n'.repeat(2000));

/** The cabinet of one folder with its checksums set to 0, which is not checked, so that damage reaches the decoder. */
function withoutChecksums(cabinetBytes: Uint8Array): Uint8Array {
  const view = new DataView(cabinetBytes.buffer, cabinetBytes.byteOffset, cabinetBytes.length);
  let at = view.getUint32(36, true);
  for (let left = view.getUint16(40, true); left > 0; left -= 1) {
    view.setUint32(at, 0, true);
    at += 8 + view.getUint16(at + 4, true);
  }
  return cabinetBytes;
}

const lzxCabinets = (['uncompressed', 'verbatim', 'aligned'] as const).map((kind) => {
  const blocks = [
    { kind, size: 20_000 },
    { kind: 'verbatim' as const, size: 1 },
  ];
  return withoutChecksums(makeLzxCabinet({ 'echo.inf': text }, { windowBits: 15, blocks }));
});

export const targets: readonly FuzzTarget[] = [
  {
    name: 'pe headers',
    samples: async () => [signedImage.subarray(0, 1536), signedImage32.subarray(0, 1536)].map(asWholeImage),
    read: (input) => readPeImage(bytesSource(input)),
  },
  { name: 'pe', samples: async () => [signedImage, signedImage32, image], read: (input) => judge(pe, input) },
  { name: 'cabinet', samples: async () => cabinets, read: (input) => judge(cabinet, input) },
  { name: 'cabinet contents', samples: async () => cabinets, read: extractAll },
  { name: 'lzx', samples: async () => lzxCabinets, read: extractAll },
  {
    name: 'catalog',
    samples: async () => [signedCatalog, catalogBytes],
    async read(input) {
      isCanonicalSignedData(input);
      await checkPackage(parseCatalog(input), [{ path: 'echo.sys', source: bytesSource(image) }]);
      await judge(catalog, input);
      await verifyFileInCatalog(bytesSource(image), input, trust);
    },
  },
  {
    name: 'signature',
    samples: async () => [
      await primarySignature(pe, signedImage),
      await primarySignature(pe, signedImage32),
      await primarySignature(cabinet, cabinets[3] ?? new Uint8Array(0)),
    ],
    read: (input) => openAndCheck(pe, input),
  },
  { name: 'catalog signature', samples: async () => [signedCatalog], read: (input) => openAndCheck(catalog, input) },
];

/** The head of an image with its section and certificate table taken out, so that it is an image of its own. */
function asWholeImage(head: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(head);
  const view = new DataView(copy.buffer);
  const header = view.getUint32(60, true);
  const directories = header + 24 + (view.getUint16(header + 24, true) === 0x20b ? 112 : 96);
  view.setUint32(directories + 32, 0, true);
  view.setUint32(directories + 36, 0, true);
  const sections = header + 24 + view.getUint16(header + 20, true);
  for (let section = 0; section < view.getUint16(header + 6, true); section++) {
    view.setUint32(sections + 40 * section + 16, 512, true);
    view.setUint32(sections + 40 * section + 20, 512 + 512 * section, true);
  }
  return copy;
}
