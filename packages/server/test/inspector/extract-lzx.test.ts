// A package compressed with LZX, as makecab makes them on request, goes through the confined inspector process.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeLzxCabinet } from '../../../authenticode/test/cab/lzx-cabinets.ts';
import { createInspector, PackageRefused } from '../../src/inspector/inspector.ts';
import { DEFAULT_PACKAGE_LIMITS, type ExtractAnswer } from '../../src/inspector/protocol.ts';
import { echoFiles } from '../pipeline/submitted-cabinet.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function lzxCabinet(): Uint8Array {
  const blocks = [
    { kind: 'verbatim', size: 700 },
    { kind: 'uncompressed', size: 1_001 },
    { kind: 'aligned', size: 0 },
  ] as const;
  return makeLzxCabinet(echoFiles(), { windowBits: 21, blocks, translationSize: 1_000_000 });
}

/** Extracts the cabinet in an inspector process; `look` sees the answer while the files are there. */
async function extract(
  t: TestContext,
  cabinet: Uint8Array,
  look: (answer: ExtractAnswer, output: string) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));
  const inspector = await createInspector({ directory: join(folder, 'inspector') });
  t.after(async () => {
    await inspector.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const session = await inspector.open(1n);
  const file = join(session.input, 'package');
  writeFileSync(file, cabinet);
  const answer = await session.ask<'extract'>(
    { operation: 'extract', file, into: session.output, signingMode: 'append', limits: DEFAULT_PACKAGE_LIMITS },
    new AbortController().signal,
  );
  look(answer, session.output);
}

test('the inspector extracts an LZX cabinet, byte for byte', async (t) => {
  await extract(t, lzxCabinet(), ({ files, findings }, output) => {
    assert.deepEqual(findings, []);
    assert.equal(files.length, 2);
    const expected = new Map(Object.entries(echoFiles()).map(([name, bytes]) => [name.replace('\\', '/'), bytes]));
    for (const { path, size, sha256: digest, written, image } of files) {
      const bytes = expected.get(path) ?? new Uint8Array();
      assert.equal(size, bytes.length);
      assert.equal(digest, sha256(bytes), path);
      assert.equal(sha256(readFileSync(join(output, written))), digest);
      assert.equal(image === undefined, !path.endsWith('.sys'));
    }
  });
});

test('a damaged LZX cabinet is refused, with what is wrong', async (t) => {
  const cabinet = lzxCabinet();
  const view = new DataView(cabinet.buffer, cabinet.byteOffset, cabinet.length);
  const block = view.getUint32(36, true);
  // A checksum of 0 is none, so that the decoder has to notice.
  view.setUint32(block, 0, true);
  cabinet.fill(0xff, block + 20, block + 60);
  await assert.rejects(
    extract(t, cabinet, () => undefined),
    (error: unknown) => {
      assert.ok(error instanceof PackageRefused, String(error));
      assert.match(error.message, /compressed with LZX/);
      return true;
    },
  );
});
