// As of when a signature is judged: now, or the time of a stamp that can be trusted.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeDer, write } from '../../src/der/index.ts';
import {
  addUnauthenticatedAttribute,
  bytesSource,
  type Certificate,
  createCertificate,
  createLocalKey,
  createTimestampAuthority,
  createTimestamper,
  encodePem,
  OID,
  pe,
  type SigningKey,
  TIMESTAMP_AUTHORITY_USAGE,
  type Timestamper,
  type VerificationOptions,
  verifyFile,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeKeyPair } from '../support/authority.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { makeLegacyResponse, TEST_POLICY } from '../support/timestamp-authority.ts';
import { daysFromNow, LONG, makeSignerFamily, resultOf, signed, withAnySignature } from './signers.ts';

const image = makePeImage({ size: 4096, bits: 64 });
const family = makeSignerFamily();
const anchors = [family.root];
const otherAnchors = { timestampAnchors: [makeSignerFamily('Other Root').root] };

/** A key for time stamps under a root of its own. */
function makeStampKey(): { key: SigningKey; root: Certificate } {
  const rootKeys = makeKeyPair('ec');
  const { privateKey, publicKey } = makeKeyPair('ec');
  const root = createCertificate({
    subject: { commonName: 'Stamp Root' },
    ...rootKeys,
    certificateAuthority: true,
    ...LONG,
  });
  const certificate = createCertificate({
    subject: { commonName: 'Stamper' },
    issuer: { certificate: root, privateKey: rootKeys.privateKey },
    publicKey,
    ...TIMESTAMP_AUTHORITY_USAGE,
    ...LONG,
  });
  return { key: createLocalKey({ privateKey, certificate, chain: [root] }), root };
}

const stamper = makeStampKey();

/** Stamps with any time. */
function stampAt(time: Date): Timestamper {
  const authority = createTimestampAuthority({ key: stamper.key, policy: TEST_POLICY, now: () => time });
  return createTimestamper({ urls: ['test:authority'], send: (_url, request) => authority.respond(request) });
}

const expired = { notBefore: daysFromNow(-100), notAfter: daysFromNow(-50) };

async function verify(file: Uint8Array, options: Partial<VerificationOptions> = {}) {
  const verification = await verifyFile(bytesSource(file), { anchors, timestampAnchors: [stamper.root], ...options });
  const [signature] = verification.signatures;
  assert.ok(signature);
  return { ...verification, signature, codes: signature.problems.map(({ code }) => code) };
}

test('an expired certificate without a stamp is expired', async () => {
  const file = await signed(image, { key: family.signer(expired) });
  const { ok, codes, policies, signature } = await verify(file);
  assert.deepEqual([ok, codes, signature.trustedTime, signature.intact], [false, ['expired'], undefined, true]);
  const chain = resultOf(policies, 'chain');
  assert.equal(chain.verdict, 'notMet');
  assert.match(chain.explanation, /question of trust, not of format/);
  assert.match(chain.remedy ?? '', /time-stamp/);
  const stamp = resultOf(policies, 'timestamp');
  assert.equal(stamp.verdict, 'notApplicable');
  assert.match(stamp.explanation, new RegExp(`ends with .* on ${expired.notAfter.toISOString()}`));
});

test('with a good stamp it is judged as of the stamped time', async () => {
  const time = daysFromNow(-75);
  const file = await signed(image, { key: family.signer(expired), timestamper: stampAt(time) });
  const { ok, codes, policies, signature } = await verify(file);
  assert.deepEqual([ok, codes], [true, []]);
  assert.deepEqual(signature.trustedTime, time);
  assert.equal(signature.timestamps[0]?.authority?.commonName, 'Stamper');
  assert.equal(resultOf(policies, 'timestamp').verdict, 'met');
  assert.match(resultOf(policies, 'chain').explanation, /as of the stamped time/);
});

test('osslsigncode comes to the same result, with and without the stamp', async (t) => {
  if (!hasTool(t, 'osslsigncode')) return;
  const key = family.signer(expired);
  const folder = makeFolder(t, {
    'root.pem': encodePem('CERTIFICATE', family.root.bytes),
    'stamp-root.pem': encodePem('CERTIFICATE', stamper.root.bytes),
    'stamped.sys': await signed(image, { key, timestamper: stampAt(daysFromNow(-75)) }),
    'late.sys': await signed(image, { key, timestamper: stampAt(daysFromNow(-20)) }),
    'unstamped.sys': await signed(image, { key }),
  });
  const trust = ['-CAfile', 'root.pem', '-TSA-CAfile', 'stamp-root.pem'];
  for (const [file, good] of [
    ['stamped.sys', true],
    ['late.sys', false],
    ['unstamped.sys', false],
  ] as const) {
    const { status, output } = runTool('osslsigncode', ['verify', ...trust, '-in', file], folder);
    assert.equal(status === 0, good, output);
    const { ok } = await verify(new Uint8Array(readFileSync(join(folder, file))));
    assert.equal(ok, good, file);
  }
});

test('a stamp from before or after the validity does not help', async () => {
  const key = family.signer(expired);
  const before = await signed(image, { key, timestamper: stampAt(daysFromNow(-120)) });
  assert.deepEqual((await verify(before)).codes, ['notYetValid']);
  const after = await signed(image, { key, timestamper: stampAt(daysFromNow(-20)) });
  const { codes, signature, policies } = await verify(after);
  assert.deepEqual(codes, ['expired']);
  assert.deepEqual(signature.trustedTime, daysFromNow(-20));
  assert.match(resultOf(policies, 'chain').explanation, /as of the stamped time/);
});

test("a stamp by nobody's authority is reported, and the time is now", async () => {
  const timestamper = stampAt(daysFromNow(-75));
  const old = await signed(image, { key: family.signer(expired), timestamper });
  const untrusted = await verify(old, otherAnchors);
  assert.deepEqual([untrusted.codes, untrusted.signature.trustedTime], [['expired'], undefined]);
  const stamp = resultOf(untrusted.policies, 'timestamp');
  assert.equal(stamp.verdict, 'notMet');
  assert.match(stamp.explanation, /Stamper.*does not count.*reaches no trusted certificate/);
  assert.match(resultOf(untrusted.policies, 'chain').explanation, /There is a time stamp, but it does not count/);
  assert.match(resultOf(untrusted.policies, 'chain').remedy ?? '', /root of the time-stamping authority/);

  const fresh = await signed(image, { key: family.signer(), timestamper: stampAt(daysFromNow(-1)) });
  const good = await verify(fresh, otherAnchors);
  assert.deepEqual([good.ok, resultOf(good.policies, 'timestamp').verdict], [true, 'notMet']);
});

test('the anchors are those of stamps too when no others are named', async () => {
  const file = await signed(image, { key: family.signer(expired), timestamper: stampAt(daysFromNow(-75)) });
  assert.equal((await verifyFile(bytesSource(file), { anchors: [...anchors, stamper.root] })).ok, true);
  assert.equal((await verifyFile(bytesSource(file), { anchors })).ok, false);
});

test('lifetime signing ends with the certificate, whatever the stamp says', async () => {
  const usages = [OID.codeSigning, OID.lifetimeSigning];
  const timestamper = stampAt(daysFromNow(-75));
  const file = await signed(image, { key: family.signer({ ...expired, usages }), timestamper });
  const { codes, policies, signature } = await verify(file);
  assert.deepEqual([codes, signature.usages], [['expired'], ['code signing', 'lifetime signing']]);
  assert.deepEqual(signature.trustedTime, daysFromNow(-75));
  assert.match(resultOf(policies, 'chain').explanation, /lifetime signing: with it the signature ends/);
});

test('a stamp from the future is not believed', async () => {
  const file = await signed(image, {
    key: family.signer({ notAfter: daysFromNow(400) }),
    timestamper: stampAt(daysFromNow(200)),
  });
  const { ok, policies, signature } = await verify(file);
  assert.deepEqual([ok, signature.trustedTime, resultOf(policies, 'timestamp').verdict], [true, undefined, 'notMet']);
  const then = await verify(file, { at: daysFromNow(300) });
  assert.deepEqual(then.signature.trustedTime, daysFromNow(200));
});

test('a stamp over another signature, and one that was damaged', async () => {
  const key = family.signer(expired);
  const timestamper = stampAt(daysFromNow(-75));
  const foreign: Timestamper = () => timestamper(new Uint8Array(64));
  const other = await verify(await signed(image, { key, timestamper: foreign }));
  assert.deepEqual(other.codes, ['expired']);
  assert.deepEqual(
    other.signature.timestamps[0]?.problems.map(({ code }) => code),
    ['imprintMismatch'],
  );
  const damaged: Timestamper = async (message) => {
    const token = Uint8Array.from(await timestamper(message));
    token[token.length - 1] = (token.at(-1) ?? 0) ^ 1;
    return token;
  };
  const broken = await verify(await signed(image, { key, timestamper: damaged }));
  assert.deepEqual(broken.codes, ['expired']);
  assert.deepEqual(
    broken.signature.timestamps[0]?.problems.map(({ code }) => code),
    ['badSignature'],
  );
  const garbage = await verify(
    await signed(image, { key, timestamper: async () => write.octetString(new Uint8Array(3)) }),
  );
  assert.deepEqual(
    garbage.signature.timestamps[0]?.problems.map(({ code }) => code),
    ['malformed'],
  );
});

test('of several stamps the earliest good one counts', async () => {
  const key = family.signer(expired);
  const file = await signed(image, { key, timestamper: stampAt(daysFromNow(-60)) });
  const [signature] = await pe.readSignatures(bytesSource(file));
  assert.ok(signature);
  const { signatureValue } = pe.openSignature(signature);
  const token = await stampAt(daysFromNow(-80))(signatureValue);
  const twice = addUnauthenticatedAttribute(signature, OID.timeStampToken, token);
  const { ok, signature: verified } = await verify(await withAnySignature(image, twice));
  assert.deepEqual([ok, verified.timestamps.length, verified.trustedTime], [true, 2, daysFromNow(-80)]);
});

test('a legacy countersignature counts as well', async () => {
  const time = daysFromNow(-75);
  const file = await signed(image, { key: family.signer(expired) });
  const [signature] = await pe.readSignatures(bytesSource(file));
  assert.ok(signature);
  const { signatureValue } = pe.openSignature(signature);
  const signerInfo = onlySignerInfo(await makeLegacyResponse(stamper.key, signatureValue, time));
  const stamped = addUnauthenticatedAttribute(signature, OID.countersignature, signerInfo);
  const options = { intermediates: [stamper.key.certificate] };
  const { ok, signature: verified } = await verify(await withAnySignature(image, stamped), options);
  assert.deepEqual(
    [ok, verified.timestamps[0]?.kind, verified.trustedTime, verified.timestamps[0]?.problems],
    [true, 'legacy', time, []],
  );
});

/** DER of the only SignerInfo in a SignedData. */
function onlySignerInfo(der: Uint8Array): Uint8Array {
  const children = decodeDer(der).children()[1]?.inner().children().at(-1)?.children() ?? [];
  assert.equal(children.length, 1);
  return children[0]?.bytes ?? new Uint8Array(0);
}
