// SignedData: its layout, and that a changed content, attribute or identifier is found.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { digestOf } from '../../src/bytes.ts';
import { decodeDer, readOctetString, readOid, write } from '../../src/der/index.ts';
import {
  checkSigner,
  createSignedData,
  OID,
  ParseError,
  parseIndirectData,
  parseSignedData,
  type SignableContent,
} from '../../src/index.ts';
import { encodeIndirectData, readOpusInfo } from '../../src/spc/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';

const authorities = { rsa: makeAuthority('rsa'), ec: makeAuthority('ec') };

function contentOf(digest: Uint8Array): SignableContent {
  return { contentType: OID.spcIndirectData, content: encodeIndirectData('pe', 'sha256', digest) };
}

const content = contentOf(new Uint8Array(32).fill(7));

function sign(type: 'rsa' | 'ec' = 'rsa', programName?: string): Promise<Uint8Array> {
  const opus = programName === undefined ? {} : { programName, moreInfoUrl: 'https://example.org/' };
  return createSignedData({ content, key: authorities[type].key, digestAlgorithm: 'sha256', ...opus });
}

function firstSigner(der: Uint8Array) {
  const signedData = parseSignedData(der);
  const [signer] = signedData.signerInfos;
  assert.ok(signer);
  return { signedData, signer };
}

for (const type of ['rsa', 'ec'] as const) {
  for (const digestAlgorithm of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
    test(`a signature by ${type} with ${digestAlgorithm} is read and checked`, async () => {
      const { key, leaf } = authorities[type];
      const { signedData, signer } = firstSigner(await createSignedData({ content, key, digestAlgorithm }));
      assert.equal(signedData.contentType, OID.spcIndirectData);
      assert.deepEqual(signedData.contentBytes, content.content);
      assert.equal(signer.digestAlgorithm, digestAlgorithm);
      assert.equal(checkSigner(signedData, signer, leaf), undefined);
    });
  }
}

test('the layout is what Windows tools write', async () => {
  const { signer } = firstSigner(await sign('rsa', 'Größe'));
  assert.equal(signer.signatureAlgorithm, OID.rsaEncryption);
  assert.deepEqual(
    signer.signedAttributes.map(({ type }) => type).sort(),
    [OID.contentType, OID.messageDigest, OID.spcOpusInfo, OID.spcStatementType].sort(),
  );
  const value = (type: string) => {
    const found = signer.signedAttributes.find((attribute) => attribute.type === type)?.values[0];
    assert.ok(found);
    return found;
  };
  assert.equal(readOid(value(OID.contentType), 'type'), OID.spcIndirectData);
  const inner = decodeDer(content.content).value;
  assert.deepEqual(readOctetString(value(OID.messageDigest), 'digest'), digestOf('sha256', inner));
  assert.deepEqual(readOpusInfo(value(OID.spcOpusInfo)), { programName: 'Größe', moreInfoUrl: 'https://example.org/' });
  assert.equal(Buffer.from(value(OID.spcStatementType).bytes).toString('hex'), '300c060a2b060104018237020115');
});

test('an empty opus information is an empty SEQUENCE', async () => {
  const { signer } = firstSigner(await sign());
  const opus = signer.signedAttributes.find(({ type }) => type === OID.spcOpusInfo)?.values[0];
  assert.equal(Buffer.from(opus?.bytes ?? []).toString('hex'), '3000');
});

test('the certificate SET is sorted, without the root and without duplicates', async () => {
  const { key, leaf, intermediate, root } = authorities.rsa;
  const doubled = { ...key, chain: [intermediate, root, intermediate, leaf], sign: key.sign };
  const { certificateBytes } = parseSignedData(
    await createSignedData({ content, key: doubled, digestAlgorithm: 'sha256' }),
  );
  assert.equal(certificateBytes.length, 2);
  const [first, second] = certificateBytes;
  assert.ok(first && second && Buffer.compare(first, second) < 0);
});

describe('what is refused', () => {
  test('content that was exchanged after signing', async () => {
    const der = Buffer.from(await sign());
    const at = der.indexOf(Buffer.alloc(32, 7));
    der[at] = 8;
    const { signedData, signer } = firstSigner(der);
    assert.deepEqual(parseIndirectData(signedData.contentBytes).digest[0], 8);
    assert.match(checkSigner(signedData, signer, authorities.rsa.leaf) ?? '', /content was changed/);
  });

  test('attributes that were changed after signing', async () => {
    const der = Buffer.from(await sign('rsa', 'Assay'));
    const at = der.indexOf(Buffer.from('Assay', 'utf16le').swap16());
    der[at + 1] = 0x42;
    const { signedData, signer } = firstSigner(der);
    assert.match(checkSigner(signedData, signer, authorities.rsa.leaf) ?? '', /not by this key/);
  });

  test("another certificate's key, of the same and of another kind", async () => {
    const { signedData, signer } = firstSigner(await sign());
    assert.match(checkSigner(signedData, signer, authorities.rsa.intermediate) ?? '', /not by this key/);
    assert.match(checkSigner(signedData, signer, authorities.ec.leaf) ?? '', /does not go with a key/);
  });

  test('an ECDSA identifier that names another digest than the signer', async () => {
    const der = Buffer.from(await sign('ec'));
    const sha256Identifier = Buffer.from(write.oid(OID.ecdsaWithSha256));
    const at = der.lastIndexOf(sha256Identifier);
    Buffer.from(write.oid(OID.ecdsaWithSha384)).copy(der, at);
    const { signedData, signer } = firstSigner(der);
    assert.match(checkSigner(signedData, signer, authorities.ec.leaf) ?? '', /does not go with digest/);
  });

  test('two digests in the attributes', async () => {
    const { signedData, signer } = firstSigner(await sign());
    const digest = signer.signedAttributes.find(({ type }) => type === OID.messageDigest);
    assert.ok(digest);
    const doubled = { ...signer, signedAttributes: [...signer.signedAttributes, digest] };
    assert.match(checkSigner(signedData, doubled, authorities.rsa.leaf) ?? '', /exactly one digest/);
  });

  test('a ContentInfo of another type', () => {
    const data = write.sequence([write.oid(OID.data), write.contextExplicit(0, write.octetString(new Uint8Array(1)))]);
    assert.throws(
      () => parseSignedData(data),
      (error) => error instanceof ParseError && error.code === 'not-signed-data',
    );
  });

  test('a digest of the wrong size', () => {
    assert.throws(() => encodeIndirectData('pe', 'sha256', new Uint8Array(20)), RangeError);
    const hex = Buffer.from(content.content)
      .toString('hex')
      .replace('300b0609608648016503040201', '300b0609608648016503040202');
    const der = Buffer.from(hex.replace('300d06096086480165030402010500', '300d06096086480165030402020500'), 'hex');
    assert.throws(
      () => parseIndirectData(der),
      (error) => error instanceof ParseError && error.code === 'digest-size',
    );
  });
});

test('damaged signatures are refused with ParseError, or fail the check', async () => {
  const der = await sign();
  for (const damaged of damagedCopies(der, 3000)) {
    try {
      const { signedData, signer } = firstSigner(damaged);
      checkSigner(signedData, signer, authorities.rsa.leaf);
    } catch (error) {
      assert.ok(error instanceof ParseError || error instanceof assert.AssertionError, String(error));
    }
  }
});
