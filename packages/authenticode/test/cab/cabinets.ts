// Makes and reads cabinets for the tests of this folder.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type ByteSource, bytesSource } from '../../src/byte-source.ts';
import { viewOf } from '../../src/bytes.ts';
import { type Cabinet, readCabinet } from '../../src/cab/cabinet.ts';
import { extractCabinet } from '../../src/cab/extract.ts';
import type { CabinetLimits } from '../../src/cab/limits.ts';
import { type WriteCabinetOptions, writeCabinet } from '../../src/cab/write.ts';

export const run = promisify(execFile);

/** Whether a tool can be started; skips the test, saying how to get the tool, when it cannot. */
export async function hasTool(t: TestContext, tool: string): Promise<boolean> {
  try {
    await run(tool, ['--version']);
    return true;
  } catch {
    t.skip(`${tool} is not installed: apt-get install ${tool}`);
    return false;
  }
}

/** A folder that lives as long as the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-cab-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Bytes that no method compresses, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}

/** Text that compresses well and refers back over block borders. */
export function prose(length: number): Uint8Array {
  const line = 'HKR,,"EchoParameter",0x00010001,42 ; a line of an INF, over and over\r\n';
  return new TextEncoder().encode(line.repeat(Math.ceil(length / line.length)).slice(0, length));
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}

/** A cabinet of these files, in the order given. */
export function makeCabinet(
  contents: Readonly<Record<string, Uint8Array>>,
  options: Omit<WriteCabinetOptions, 'files' | 'compression'> & { compression?: 'mszip' | 'none' } = {},
): Promise<Uint8Array> {
  const files = Object.entries(contents).map(([name, bytes]) => ({
    name,
    size: bytes.length,
    source: bytesSource(bytes),
  }));
  return collect(writeCabinet({ compression: 'mszip', ...options, files }));
}

/** Every file of a cabinet by name. */
export async function extractAll(
  input: Uint8Array | ByteSource,
  limits?: Partial<CabinetLimits>,
): Promise<Map<string, Uint8Array>> {
  const source = input instanceof Uint8Array ? bytesSource(input) : input;
  return extractFrom(source, await readCabinet(source, limits), limits);
}

async function extractFrom(
  source: ByteSource,
  found: Cabinet,
  limits?: Partial<CabinetLimits>,
): Promise<Map<string, Uint8Array>> {
  const result = new Map<string, Uint8Array>();
  await extractCabinet(
    source,
    found,
    (file) => {
      const parts: Uint8Array[] = [];
      return {
        write: (chunk) => void parts.push(chunk),
        close: () => void result.set(file.name, new Uint8Array(Buffer.concat(parts))),
      };
    },
    limits,
  );
  return result;
}

export const CONTENTS = { 'echo\\echo.inf': prose(50_000), 'echo\\echo.sys': noise(3_000) };

/** The cabinet with other reserve sizes: in the header, in each folder and in each block, filled with zeros. */
export async function withReserves(header: Uint8Array, folderSize: number, dataSize: number): Promise<Uint8Array> {
  const plain = await makeCabinet(CONTENTS);
  const view = viewOf(plain);
  const blockCount = view.getUint16(40, true);
  const dataOffset = view.getUint32(36, true);
  const added = 4 + header.length + folderSize;
  const sizes = new Uint8Array(4);
  viewOf(sizes).setUint16(0, header.length, true);
  sizes.set([folderSize, dataSize], 2);
  const parts = [
    plain.slice(0, 36),
    sizes,
    header,
    plain.slice(36, 44),
    new Uint8Array(folderSize),
    plain.slice(44, dataOffset),
  ];
  for (let offset = dataOffset, index = 0; index < blockCount; index += 1) {
    const size = view.getUint16(offset + 4, true);
    parts.push(plain.slice(offset, offset + 8), new Uint8Array(dataSize), plain.slice(offset + 8, offset + 8 + size));
    offset += 8 + size;
  }
  const result = new Uint8Array(Buffer.concat(parts));
  const out = viewOf(result);
  out.setUint32(8, result.length, true);
  out.setUint32(16, view.getUint32(16, true) + added, true);
  out.setUint16(30, 4, true);
  out.setUint32(36 + 4 + header.length, dataOffset + added, true);
  return result;
}

/** The cabinet as the third of a set: with a number and the names of both neighbours. */
export async function withNeighbours(): Promise<Uint8Array> {
  const plain = await makeCabinet(CONTENTS);
  const names = Buffer.from('prev.cab\0disk 1\0next.cab\0disk 3\0');
  const result = new Uint8Array(Buffer.concat([plain.slice(0, 36), names, plain.slice(36)]));
  const view = viewOf(result);
  view.setUint32(8, result.length, true);
  view.setUint32(16, view.getUint32(16, true) + names.length, true);
  view.setUint16(30, 3, true);
  view.setUint16(34, 2, true);
  const folder = 36 + names.length;
  view.setUint32(folder, view.getUint32(folder, true) + names.length, true);
  return result;
}

/** The files of a cabinet that `withNeighbours` made, which is not extracted but with its set. */
export async function extractAlone(cabinet: Uint8Array): Promise<Map<string, Uint8Array>> {
  const source = bytesSource(cabinet);
  return extractFrom(source, { ...(await readCabinet(source)), hasPrevious: false, hasNext: false });
}

/** Every shape of header that a cabinet may have, and how many bytes it grows by when it is first signed. */
export const CABINET_KINDS: readonly [what: string, make: () => Promise<Uint8Array>, added: number][] = [
  ['without reserve', () => makeCabinet(CONTENTS), 24],
  ['with room for a signature', () => makeCabinet(CONTENTS, { reserveForSignature: true }), 0],
  ['with a reserve of 6144 zero bytes, as makecab makes them', () => withReserves(new Uint8Array(6144), 0, 0), 0],
  ['with a reserve of 8 zero bytes', () => withReserves(new Uint8Array(8), 0, 0), 12],
  ['with reserves in folders and blocks only', () => withReserves(new Uint8Array(0), 128, 4), 20],
  [
    'with a structure before the one for signatures',
    () => withReserves(new Uint8Array([3, 0, 0, 0, 7, 8, 9]), 0, 0),
    16,
  ],
  ['in the middle of a set', withNeighbours, 24],
];
