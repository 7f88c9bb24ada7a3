// Makes and reads cabinets for the tests of this folder.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type ByteSource, bytesSource } from '../../src/byte-source.ts';
import { readCabinet } from '../../src/cab/cabinet.ts';
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
  const result = new Map<string, Uint8Array>();
  const found = await readCabinet(source, limits);
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
