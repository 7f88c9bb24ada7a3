import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { viewOf } from '../../src/bytes.ts';
import {
  bytesSource,
  cabinet,
  createSignedData,
  encodePem,
  ParseError,
  readCabinet,
  rewriteBytes,
  SigningError,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { CABINET_KINDS, CONTENTS, extractAll, extractAlone, makeCabinet, prose, withReserves } from './cabinets.ts';

const authority = makeAuthority();
const anchors = [authority.root];

async function sign(bytes: Uint8Array): Promise<Uint8Array> {
  const source = bytesSource(bytes);
  return rewriteBytes(source, await signFile(source, { key: authority.key }));
}

for (const [what, make, added] of CABINET_KINDS) {
  test(`a cabinet ${what}: signed, verified, signed again, its files unharmed`, async () => {
    const plain = await make();
    const signed = await sign(plain);
    const verification = await verifyFile(bytesSource(signed), { anchors });
    assert.deepEqual(verification.problems, []);
    assert.ok(verification.ok);
    assert.equal(verification.format, 'cab');
    const found = await readCabinet(bytesSource(signed));
    assert.equal(found.size, plain.length + added);
    assert.equal(found.signature?.offset, found.size);
    assert.equal((found.signature?.size ?? 1) % 8, 0);
    assert.equal(found.size + (found.signature?.size ?? 0), signed.length);
    assert.deepEqual(await extractAlone(signed), new Map(Object.entries(CONTENTS)));
    assert.deepEqual(await extractAlone(plain), new Map(Object.entries(CONTENTS)));
    assert.deepEqual(await sign(signed), signed);
  });
}

test('the digest is the formula of the format: unsigned, and inside its own signature', async () => {
  const plain = await makeCabinet(CONTENTS);
  const signed = await sign(plain);
  const sha256 = (...parts: Uint8Array[]) => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest());
  assert.deepEqual(await cabinet.digest(bytesSource(plain), 'sha256'), sha256(plain.slice(0, 4), plain.slice(8)));
  const { size } = await readCabinet(bytesSource(signed));
  assert.deepEqual(
    await cabinet.digest(bytesSource(signed), 'sha256'),
    sha256(signed.slice(0, 4), signed.slice(8, 36), new Uint8Array(2), signed.slice(60, size)),
  );
});

test('each byte that is hashed counts, the others do not', async () => {
  const bytes = await sign(await makeCabinet({ 'a\\a.inf': prose(300) }));
  const before = await cabinet.digest(bytesSource(bytes), 'sha256');
  const { size } = await readCabinet(bytesSource(bytes));
  // Bytes whose change makes the header itself unreadable: "MSCF", cbCabinet, version, flags, sizes of the reserve.
  const structural = (at: number): boolean =>
    at < 4 || (at >= 8 && at < 12) || at === 24 || at === 25 || at === 30 || at === 31 || (at >= 36 && at < 60);
  for (let at = 4; at < size; at += 1) {
    if (structural(at)) continue;
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    const after = await cabinet.digest(bytesSource(changed), 'sha256');
    assert.equal(Buffer.compare(before, after) === 0, at >= 4 && at < 8, `byte ${at}`);
  }
});

test('a changed cabinet and a signature moved to another cabinet do not verify', async () => {
  const signed = await sign(await makeCabinet(CONTENTS));
  const changed = signed.slice();
  const { size } = await readCabinet(bytesSource(signed));
  changed[size - 1] = (changed[size - 1] ?? 0) ^ 1;
  const verification = await verifyFile(bytesSource(changed), { anchors });
  assert.equal(verification.ok, false);
  assert.ok(verification.signatures[0]?.problems.some((problem) => problem.code === 'digestMismatch'));

  // As someone would do it who does not ask first.
  const other = await sign(await makeCabinet({ 'echo\\echo.inf': prose(50_000), 'echo\\echo.sys': prose(3_000) }));
  const { size: otherSize } = await readCabinet(bytesSource(other));
  const moved = new Uint8Array([...other.slice(0, otherSize), ...signed.slice(size)]);
  viewOf(moved).setUint32(48, signed.length - size, true);
  const result = await verifyFile(bytesSource(moved), { anchors });
  assert.equal(result.ok, false);
  assert.ok(result.signatures[0]?.problems.some((problem) => problem.code === 'digestMismatch'));
});

const MISPLACED: readonly [what: string, code: string, change: (bytes: Uint8Array, size: number) => Uint8Array][] = [
  ['bytes after the signature', 'trailing-data', (bytes) => new Uint8Array([...bytes, 0])],
  ['a signature that is cut off', 'truncated', (bytes) => bytes.slice(0, -1)],
  [
    'bytes between the cabinet and the signature',
    'misplaced-signature',
    (bytes, size) => {
      const result = new Uint8Array([...bytes.slice(0, size), 0, 0, 0, 0, 0, 0, 0, 0, ...bytes.slice(size)]);
      viewOf(result).setUint32(44, size + 8, true);
      return result;
    },
  ],
  [
    'a signature inside the cabinet',
    'misplaced-signature',
    (bytes) => {
      const result = bytes.slice();
      viewOf(result).setUint32(44, 100, true);
      return result;
    },
  ],
  [
    'a note of a signature at 4 GB',
    'misplaced-signature',
    (bytes) => {
      const result = bytes.slice();
      viewOf(result).setUint32(44, 0xffffffff, true);
      return result;
    },
  ],
  [
    'a signature whose note was wiped out',
    'trailing-data',
    (bytes) => {
      const result = bytes.slice();
      result.fill(0, 44, 60);
      return result;
    },
  ],
  [
    'more padding than 7 zeros',
    'trailing-data',
    (bytes) => {
      const result = new Uint8Array([...bytes, 0, 0, 0, 0, 0, 0, 0, 0]);
      viewOf(result).setUint32(48, viewOf(bytes).getUint32(48, true) + 8, true);
      return result;
    },
  ],
  [
    'padding that is not zero',
    'trailing-data',
    (bytes) => {
      const result = new Uint8Array([...bytes, 1]);
      viewOf(result).setUint32(48, viewOf(bytes).getUint32(48, true) + 1, true);
      return result;
    },
  ],
];

for (const [what, code, change] of MISPLACED) {
  test(`misplaced: ${what}`, async () => {
    const signed = await sign(await makeCabinet(CONTENTS));
    const { size } = await readCabinet(bytesSource(signed));
    await assert.rejects(
      cabinet.readSignatures(bytesSource(change(signed, size))),
      (error) => error instanceof ParseError && error.code === code,
    );
  });
}

test('a signature may lie without padding, as jsign writes it', async () => {
  const source = bytesSource(await makeCabinet(CONTENTS));
  const content = await cabinet.content(source, 'sha256');
  const signature = await createSignedData({ content, key: authority.key, digestAlgorithm: 'sha256' });
  const signed = await rewriteBytes(source, await cabinet.embedSignature(source, signature));
  const { size } = await readCabinet(bytesSource(signed));
  const unpadded = signed.slice(0, size + signature.length);
  viewOf(unpadded).setUint32(48, signature.length, true);
  assert.deepEqual(await cabinet.readSignatures(bytesSource(unpadded)), [signature]);
});

test('a reserve that belongs to another program is not overwritten', async () => {
  const bytes = await withReserves(new Uint8Array(30).fill(0xaa), 0, 0);
  assert.deepEqual(await extractAll(bytes), new Map(Object.entries(CONTENTS)));
  await assert.rejects(sign(bytes), (error) => error instanceof ParseError && error.code === 'foreign-reserve');
});

test('a cabinet at the size limit has no room for a signature', async () => {
  const head = (await makeCabinet(CONTENTS)).slice(0, 200);
  viewOf(head).setUint32(8, 0x7fffffff, true);
  const source = {
    size: 0x7fffffff,
    read: async (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      bytes.set(head.subarray(Math.min(offset, head.length), Math.min(offset + length, head.length)));
      return bytes;
    },
  };
  await assert.rejects(
    cabinet.embedSignature(source, new Uint8Array(8)),
    (error) => error instanceof SigningError && error.code === 'cabinet-too-large',
  );
});

test('osslsigncode accepts our signatures', async (t) => {
  if (!hasTool(t, 'osslsigncode')) return;
  for (const reserveForSignature of [false, true]) {
    const signed = await sign(await makeCabinet(CONTENTS, { reserveForSignature }));
    const folder = makeFolder(t, { 'signed.cab': signed, 'root.pem': encodePem('CERTIFICATE', authority.root.bytes) });
    const { status, output } = runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-in', 'signed.cab'], folder);
    assert.equal(status, 0, output);
    assert.match(output, /Signature verification: ok/u);
  }
});

test('we accept the signatures of osslsigncode, over a cabinet of gcab too', async (t) => {
  if (!hasTool(t, 'osslsigncode')) return;
  const folder = makeFolder(t, {
    'plain.cab': await makeCabinet(CONTENTS),
    'echo.inf': CONTENTS['echo\\echo.inf'],
    'chain.pem': [authority.leaf, authority.intermediate].map((one) => encodePem('CERTIFICATE', one.bytes)).join(''),
    'key.pem': authority.leafKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  const names = ['plain.cab'];
  if (runTool('gcab', ['-c', '-z', 'gcab.cab', 'echo.inf'], folder).status === 0) names.push('gcab.cab');
  for (const name of names) {
    const args = [
      'sign',
      '-h',
      'sha256',
      '-certs',
      'chain.pem',
      '-key',
      'key.pem',
      '-in',
      name,
      '-out',
      `signed-${name}`,
    ];
    const { status, output } = runTool('osslsigncode', args, folder);
    assert.equal(status, 0, output);
    const signed = new Uint8Array(readFileSync(path.join(folder, `signed-${name}`)));
    const verification = await verifyFile(bytesSource(signed), { anchors });
    assert.ok(verification.ok, JSON.stringify(verification.signatures[0]?.problems));
    const content = await cabinet.content(bytesSource(new Uint8Array(readFileSync(path.join(folder, name)))), 'sha256');
    assert.deepEqual(await cabinet.content(bytesSource(signed), 'sha256'), content);
    assert.deepEqual(await verifyFile(bytesSource(await sign(signed)), { anchors }).then(({ ok }) => ok), true);
  }
});
