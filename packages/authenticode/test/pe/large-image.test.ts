// A large image is signed and verified by stream: its bytes pass through, they are not collected.
import assert from 'node:assert/strict';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileSource, pe, type ReadableHandle, rewriteStream, signFile, verifyFile } from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { makeFolder } from '../support/external-tool.ts';

const MEGABYTE = 1024 * 1024;
const SIZE = 512 * MEGABYTE + 3;
/** Buffers that wait for the collector count as well, so this is far more than is held at a time. */
const MOST_MEMORY = 128 * MEGABYTE;

/** Counts what is read through a handle. */
function counting(handle: FileHandle): ReadableHandle & { bytes: number } {
  return {
    bytes: 0,
    async read(buffer, offset, length, position) {
      const result = await handle.read(buffer, offset, length, position);
      this.bytes += result.bytesRead;
      return result;
    },
  };
}

test(`an image of ${SIZE} bytes is read once to be signed and once to be written, in bounded memory`, async (t) => {
  const authority = makeAuthority('rsa');
  const folder = makeFolder(t, { 'large.sys': makePeImage({ size: MEGABYTE, bits: 64 }) });
  const file = await open(join(folder, 'large.sys'), 'r+');
  const output = await open(join(folder, 'signed.sys'), 'w+');
  try {
    // The rest of the file is a hole of zeros: nothing is stored for it.
    await file.truncate(SIZE);
    const before = process.memoryUsage.rss();
    let most = before;
    const handle = counting(file);
    const source = fileSource(handle, SIZE);
    const pieces = await signFile(source, { key: authority.key });
    assert.ok(handle.bytes < SIZE + MEGABYTE, `${handle.bytes} bytes were read to sign`);
    handle.bytes = 0;
    let position = 0;
    const zeros = new Uint8Array(MEGABYTE);
    for await (const chunk of rewriteStream(source, pieces)) {
      // What is not zero is written, so that the signed file has holes too.
      if (Buffer.compare(chunk, zeros.subarray(0, chunk.length)) !== 0)
        await output.write(chunk, 0, chunk.length, position);
      position += chunk.length;
      most = Math.max(most, process.memoryUsage.rss());
    }
    await output.truncate(position);
    assert.ok(handle.bytes <= SIZE, `${handle.bytes} bytes were read to write`);

    const signed = fileSource(output, position);
    assert.equal((await verifyFile(signed, { anchors: [authority.root] })).ok, true);
    assert.deepEqual(await pe.digest(signed, 'sha256'), await pe.digest(source, 'sha256'));
    most = Math.max(most, process.memoryUsage.rss());
    assert.ok(most - before < MOST_MEMORY, `${Math.round((most - before) / MEGABYTE)} MB of memory`);
  } finally {
    await file.close();
    await output.close();
  }
});
