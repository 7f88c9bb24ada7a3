import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Crc64 } from '@assay/hardware-api';
import { Checksums, decodeCrc64, decodeMd5 } from '../../src/blob/checksums.ts';

interface OfficialCalculator {
  new (): { final(body: Uint8Array, length: number): Uint8Array };
  init(): Promise<void>;
}

test('the CRC-64 of the catalogue check string', () => {
  const digest = Buffer.from(new Crc64().update(Buffer.from('123456789')).digest());
  assert.equal(digest.readBigUInt64LE(), 0xae8b14860a799888n);
});

test('the CRC-64 agrees with the one in the Azure SDK, in one piece and in many', async () => {
  const require = createRequire(createRequire(import.meta.url).resolve('@azure/storage-blob'));
  const common = (await import(pathToFileURL(require.resolve('@azure/storage-common')).href)) as {
    StorageCRC64Calculator: OfficialCalculator;
  };
  await common.StorageCRC64Calculator.init();
  for (const length of [1, 7, 8, 9, 255, 4096, 100_003]) {
    const bytes = randomBytes(length);
    const expected = Buffer.from(new common.StorageCRC64Calculator().final(bytes, length));
    assert.deepEqual(Buffer.from(new Crc64().update(bytes).digest()), expected);
    const pieces = new Crc64();
    for (let start = 0; start < length; start += 13) pieces.update(bytes.subarray(start, start + 13));
    assert.deepEqual(Buffer.from(pieces.digest()), expected);
  }
});

test('declared checksums are compared', () => {
  const bytes = Buffer.from('driver');
  const md5 = createHash('md5').update(bytes).digest();
  const checksums = new Checksums({ md5 });
  checksums.update(bytes);
  assert.deepEqual(checksums.finish(), {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    md5: md5.toString('base64'),
  });
  const wrong = new Checksums({ md5, crc64: Buffer.alloc(8) });
  wrong.update(bytes);
  assert.throws(() => wrong.finish(), { code: 'Crc64Mismatch' });
  const other = new Checksums({ md5 });
  assert.throws(() => other.finish(), { code: 'Md5Mismatch' });
});

test('checksums in headers must be base64 of the right length', () => {
  assert.throws(() => decodeMd5('AAAA'), { code: 'InvalidMd5' });
  assert.throws(() => decodeMd5('not base64!'), { code: 'InvalidMd5' });
  assert.throws(() => decodeCrc64('AAAA'), { code: 'InvalidCrc64' });
});
