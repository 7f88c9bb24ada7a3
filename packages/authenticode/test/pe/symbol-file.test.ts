// The name of the symbol file, from images that a linker made and from damaged ones.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource, readPeImage, readSymbolFileName } from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';

/** The image with a debug directory in its first section that names this file. */
async function withSymbolFile(name: string): Promise<Uint8Array> {
  const bytes = makePeImage({ size: 8192, bits: 64 });
  const image = await readPeImage(bytesSource(bytes));
  const [section] = image.sections;
  assert.ok(section && section.raw.size >= 256, 'the image has a section to put it into');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const record = new Uint8Array(24 + name.length + 1);
  record.set(new TextEncoder().encode('RSDS'));
  record.set(new TextEncoder().encode(name), 24);
  const { offset } = section.raw;
  view.setUint32(offset + 12, 2, true);
  view.setUint32(offset + 16, record.length, true);
  view.setUint32(offset + 24, offset + 64, true);
  bytes.set(record, offset + 64);
  view.setUint32(image.certificateEntryOffset + 16, section.virtualAddress, true);
  view.setUint32(image.certificateEntryOffset + 20, 28, true);
  return bytes;
}

async function nameIn(bytes: Uint8Array): Promise<string | undefined> {
  const source = bytesSource(bytes);
  return readSymbolFileName(source, await readPeImage(source));
}

test('the name is read as the linker wrote it', async () => {
  assert.equal(await nameIn(await withSymbolFile('D:\\build\\echo.pdb')), 'D:\\build\\echo.pdb');
});

test('an image without a debug directory names none', async () => {
  assert.equal(await nameIn(makePeImage({ size: 8192, bits: 64 })), undefined);
  const echo = readFileSync(
    join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'echo', 'driver', 'echo.sys'),
  );
  assert.equal(await nameIn(new Uint8Array(echo)), undefined);
});

test('a directory or record that leads nowhere names none', async () => {
  const bytes = await withSymbolFile('echo.pdb');
  const { sections, certificateEntryOffset } = await readPeImage(bytesSource(bytes));
  const offset = sections[0]?.raw.offset ?? 0;
  const changes: [at: number, value: number][] = [
    [certificateEntryOffset + 16, 0xffff_fff0],
    [offset + 24, 0xffff_ff00],
    [offset + 16, 24],
    [offset + 12, 3],
    [offset + 64, 0],
  ];
  for (const [at, value] of changes) {
    const copy = Uint8Array.from(bytes);
    new DataView(copy.buffer).setUint32(at, value, true);
    assert.equal(await nameIn(copy), undefined, `${value} at ${at}`);
  }
});
