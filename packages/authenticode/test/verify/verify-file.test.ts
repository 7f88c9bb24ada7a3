// What verifyFile and signFile do whatever the format: unknown files, trust, time, usage, keys that fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesSource,
  createCertificate,
  createLocalKey,
  identifyFile,
  OID,
  rewriteBytes,
  SigningError,
  signFile,
  verifyFile,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority, makeKeyPair, VALID_NOW } from '../support/authority.ts';

const authority = makeAuthority('rsa');
const image = bytesSource(makePeImage({ size: 4096, bits: 64 }));

test('a file of no known format', async () => {
  const text = bytesSource(new TextEncoder().encode('[Version]'));
  assert.equal(identifyFile(await text.read(0, text.size)), undefined);
  const { ok, format, problems } = await verifyFile(text, { anchors: [] });
  assert.deepEqual([ok, format, problems.map(({ code }) => code)], [false, 'unknown', ['unsigned']]);
  const isUnknown = (error: unknown) => error instanceof SigningError && error.code === 'unknown-format';
  await assert.rejects(signFile(text, { key: authority.key }), isUnknown);
});

test('an empty file', async () => {
  assert.equal((await verifyFile(bytesSource(new Uint8Array(0)), { anchors: [] })).ok, false);
});

test('a self-signed submission certificate is trusted when it is registered itself', async () => {
  const { publicKey, privateKey } = makeKeyPair('rsa');
  const certificate = createCertificate({
    subject: { commonName: 'Contoso' },
    publicKey,
    privateKey,
    extendedKeyUsages: [OID.codeSigning],
    ...VALID_NOW,
  });
  const key = createLocalKey({ privateKey, certificate, chain: [] });
  const signed = bytesSource(await rewriteBytes(image, await signFile(image, { key })));
  assert.equal((await verifyFile(signed, { anchors: [certificate] })).ok, true);
  assert.equal((await verifyFile(signed, { anchors: [authority.root] })).ok, false);
});

test('usage, time and further intermediates are options', async () => {
  const { key, root, intermediate } = authority;
  const signed = bytesSource(
    await rewriteBytes(image, await signFile(image, { key: { ...key, chain: [], sign: key.sign } })),
  );
  const codes = async (options: Partial<Parameters<typeof verifyFile>[1]>) => {
    const { signatures } = await verifyFile(signed, { anchors: [root], ...options });
    return signatures.flatMap(({ problems }) => problems.map(({ code }) => code));
  };
  assert.deepEqual(await codes({}), ['untrustedRoot']);
  assert.deepEqual(await codes({ intermediates: [intermediate] }), []);
  assert.deepEqual(await codes({ intermediates: [intermediate], at: new Date('2001-01-01') }), [
    'notYetValid',
    'notYetValid',
    'notYetValid',
  ]);
  const requiredUsage = OID.windowsHardwareDriverVerification;
  assert.deepEqual(await codes({ intermediates: [intermediate], requiredUsage }), ['wrongUsage']);
});

test('a key that fails leaves its reason', async () => {
  const failing = {
    ...authority.key,
    sign: () => Promise.reject(new SigningError('signing-failed', 'the module is asleep')),
  };
  await assert.rejects(signFile(image, { key: failing }), /the module is asleep/);
});
