// The check for DER order: what this package and openssl write passes, each disorder is named.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes } from '../../src/bytes.ts';
import { contextConstructed, type DerElement, decodeDer, write } from '../../src/der/index.ts';
import {
  addUnauthenticatedAttribute,
  bytesSource,
  catalog,
  createSignedData,
  encodeIndirectData,
  encodeUnsignedData,
  isCanonicalSignedData,
  OID,
} from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { makeTimestampAuthority } from '../support/timestamp-authority.ts';

const { key } = makeAuthority();
const content = { contentType: OID.spcIndirectData, content: encodeIndirectData('pe', 'sha256', new Uint8Array(32)) };
const { timestamper } = makeTimestampAuthority();
const signature = await createSignedData({ content, key, digestAlgorithm: 'sha256', timestamper });

/** The element with its children changed. */
function rebuild(element: DerElement, change: (children: Uint8Array[]) => Uint8Array[]): Uint8Array {
  return write.element(element.tag, concatBytes(change(element.children().map(({ bytes }) => bytes))));
}

/** The signature with the part of its SignedData that has this tag changed; the last one of that tag. */
function changePart(tag: number, change: (part: DerElement) => Uint8Array, bytes = signature): Uint8Array {
  const [type, explicit] = decodeDer(bytes).children();
  assert.ok(type && explicit);
  const parts = explicit.inner().children();
  const index = parts.findLastIndex((part) => part.tag === tag);
  const changed = parts.map((part, at) => (at === index ? change(part) : part.bytes));
  return write.sequence([type.bytes, write.contextExplicit(0, write.sequence(changed))]);
}

const changeCertificates = (change: (certificates: Uint8Array[]) => Uint8Array[]) =>
  changePart(contextConstructed(0), (part) => rebuild(part, change));

/** The signature with the [number] of its SignerInfo changed. */
function changeAttributes(number: number, change: (attributes: Uint8Array[]) => Uint8Array[]): Uint8Array {
  return changePart(0x31, (signers) => {
    const signer = signers.children()[0];
    assert.ok(signer);
    const parts = signer.children();
    const changed = parts.map((part) => (part.tag === contextConstructed(number) ? rebuild(part, change) : part.bytes));
    return write.setOf([write.sequence(changed)]);
  });
}

function problemsOf(bytes: Uint8Array): string {
  const { ok, problems } = isCanonicalSignedData(bytes);
  assert.equal(ok, problems.length === 0);
  return problems.join('; ');
}

test('what this package writes is canonical, with stamps, nested signatures and without a signer', () => {
  assert.equal(problemsOf(signature), '');
  assert.equal(problemsOf(encodeUnsignedData(content)), '');
  const nested = addUnauthenticatedAttribute(signature, OID.nestedSignature, signature);
  const twice = addUnauthenticatedAttribute(nested, OID.nestedSignature, encodeUnsignedData(content));
  assert.equal(problemsOf(twice), '');
});

describe('what is not canonical', () => {
  test('certificates out of order, or the same one twice', () => {
    assert.match(problemsOf(changeCertificates((all) => all.toReversed())), /^the certificates are not in DER order/);
    assert.equal(
      problemsOf(changeCertificates((all) => all.flatMap((one) => [one, one]))),
      'the certificates hold the same one twice',
    );
    assert.match(
      problemsOf(changeCertificates(([a, b]) => (a && b ? [a, b, a] : []))),
      /DER order.*; .*the same one twice/,
    );
    assert.match(problemsOf(changeCertificates(() => [])), /empty SET/);
  });

  test('attributes out of order, or twice', () => {
    assert.match(
      problemsOf(changeAttributes(0, (all) => all.toReversed())),
      /^the signed attributes are not in DER order/,
    );
    assert.match(problemsOf(changeAttributes(1, (all) => all.flatMap((one) => [one, one]))), /hold attribute .* twice/);
    const two = addUnauthenticatedAttribute(signature, '1.2.3.4.5.6.7.8', write.nullValue());
    assert.equal(problemsOf(two), '');
  });

  test('values out of order', () => {
    const values = [write.integer(2), write.integer(1)];
    const attribute = write.sequence([write.oid('1.2.3'), write.element(0x31, concatBytes(values))]);
    assert.match(
      problemsOf(changeAttributes(1, (all) => [attribute, ...all])),
      /the values of attribute 1\.2\.3 are not/,
    );
  });

  test('a SET in the content, such as the attributes of a catalog member', () => {
    const set = write.element(0x31, concatBytes([write.integer(2), write.integer(1)]));
    const list = { contentType: OID.certificateTrustList, content: write.sequence([write.sequence([set])]) };
    assert.match(problemsOf(encodeUnsignedData(list)), /a SET in the content are not in DER order/);
  });

  test('what is not SignedData, or nested too deep', () => {
    assert.notEqual(problemsOf(new Uint8Array(0)), '');
    assert.notEqual(problemsOf(write.sequence([write.oid(OID.signedData)])), '');
    let deep = write.nullValue();
    for (let level = 0; level < 100; level++) deep = write.sequence([deep]);
    assert.match(
      problemsOf(encodeUnsignedData({ contentType: OID.spcIndirectData, content: deep })),
      /nested more than/,
    );
  });
});

test('a catalog signed here is canonical', async () => {
  const list = encodeUnsignedData({ contentType: OID.certificateTrustList, content: write.sequence([]) });
  const source = bytesSource(list);
  const signed = await catalog.sign(await catalog.content(source, 'sha256'), { key, digestAlgorithm: 'sha256' });
  assert.equal(problemsOf(signed), '');
});

test('damage never crashes', () => {
  for (const damaged of damagedCopies(signature, 2000)) isCanonicalSignedData(damaged);
});
