// What of a cabinet its Authenticode digest covers, computed here once more by the rule in so many words.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { viewOf } from '../../src/bytes.ts';
import { bytesSource, cabinet, parseIndirectData, rewriteBytes, signFile } from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { CABINET_KINDS, makeCabinet, withNeighbours, withReserves } from './cabinets.ts';

const authority = makeAuthority();

/**
 * "MSCF"; CFHEADER from cbCabinet to iCabinet; the length and bytes of structure 1 when there is a reserve; everything
 * after the reserve up to cbCabinet.
 */
function digestByTheRule(bytes: Uint8Array, algorithm: string): Uint8Array {
  const view = viewOf(bytes);
  const hash = createHash(algorithm).update(bytes.subarray(0, 4)).update(bytes.subarray(8, 36));
  let end = 36;
  if (view.getUint16(30, true) & 4) {
    const size = view.getUint16(36, true);
    end = 40 + size;
    if (size > 0) {
      const first = view.getUint16(40, true);
      hash.update(bytes.subarray(40, 42)).update(bytes.subarray(44, 44 + first));
    }
  }
  return new Uint8Array(hash.update(bytes.subarray(end, view.getUint32(8, true))).digest());
}

async function sign(bytes: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(bytes);
  return rewriteBytes(source, await signFile(source, { key: authority.key }));
}

const MORE_KINDS: readonly (readonly [what: string, make: () => Promise<Uint8Array>])[] = [
  ...CABINET_KINDS.map(([what, make]) => [what, make] as const),
  [
    'with a long structure 1 and room for a signature after it',
    () => {
      const reserve = new Uint8Array(4 + 300 + 16 + 50).fill(0xab, 4, 304);
      viewOf(reserve).setUint16(0, 300, true);
      viewOf(reserve).setUint16(2, 16, true);
      return withReserves(reserve, 3, 1);
    },
  ],
  [
    'that is number 7 of its set, without neighbours',
    async () => {
      const bytes = await makeCabinet({ 'a\\a.inf': new Uint8Array(100) });
      viewOf(bytes).setUint16(34, 7, true);
      return bytes;
    },
  ],
  [
    'in the middle of a set with reserved1 not zero',
    async () => {
      const bytes = await withNeighbours();
      viewOf(bytes).setUint32(4, 0x01020304, true);
      return bytes;
    },
  ],
];

for (const [what, make] of MORE_KINDS) {
  test(`the digest of a cabinet ${what}: as it is, and in its own signature`, async () => {
    const plain = await make();
    const signed = await sign(plain);
    for (const bytes of [plain, signed]) {
      for (const algorithm of ['sha1', 'sha256'] as const) {
        const digest = await cabinet.digest(bytesSource(bytes), algorithm);
        assert.deepEqual(digest, digestByTheRule(bytes, algorithm));
      }
    }
    const { content } = await cabinet.content(bytesSource(plain), 'sha256');
    assert.deepEqual(parseIndirectData(content).digest, digestByTheRule(signed, 'sha256'));
  });
}

test('the number in the set, the names of the neighbours and structure 1 count', async () => {
  const changed = async (bytes: Uint8Array, at: number) => {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ 1;
    const [before, after] = [bytes, copy].map((one) => cabinet.digest(bytesSource(one), 'sha256'));
    return Buffer.compare((await before) ?? new Uint8Array(), (await after) ?? new Uint8Array()) !== 0;
  };
  const middle = await sign(await withNeighbours());
  assert.equal(await changed(middle, 34), true, 'iCabinet');
  assert.equal(await changed(middle, 4), false, 'reserved1');
  assert.equal(await changed(middle, 60), true, 'the name of the previous cabinet');
  const withFirst = await sign(await withReserves(new Uint8Array([3, 0, 0, 0, 7, 8, 9]), 0, 0));
  assert.equal(await changed(withFirst, 44), true, 'structure 1');
  assert.equal(await changed(withFirst, 47 + 12), false, 'the zeros of structure 2');
  const slack = await sign(await withReserves(new Uint8Array(100), 0, 0));
  assert.equal(await changed(slack, 40 + 99), false, 'what follows structure 2 in the reserve');
});
