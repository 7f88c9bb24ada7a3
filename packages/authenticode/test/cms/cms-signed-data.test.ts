// CMS SignedData: what openssl writes is read and checked here, and what is written here is verified by openssl.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { checkCmsSigner } from '../../src/cms/index.ts';
import { write } from '../../src/der/index.ts';
import {
  type CmsSignedData,
  createCmsSignedData,
  encodePem,
  findSigner,
  isSignedBy,
  OID,
  ParseError,
  parseCmsSignedData,
  parsePemCertificates,
  parseSignedData,
} from '../../src/index.ts';
import { makeAuthority } from '../support/authority.ts';
import { damagedCopies } from '../support/damage.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';

const authorities = { rsa: makeAuthority('rsa'), ec: makeAuthority('ec') };
const message = Buffer.from('the content');

function makeKeyFolder(t: TestContext, type: 'rsa' | 'ec'): string {
  const { leaf, leafKeys, intermediate, root } = authorities[type];
  return makeFolder(t, {
    message,
    'leaf.pem': encodePem('CERTIFICATE', leaf.bytes),
    'intermediate.pem': encodePem('CERTIFICATE', intermediate.bytes),
    'root.pem': encodePem('CERTIFICATE', root.bytes),
    'key.pem': leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  });
}

/** What openssl signs with these options. */
function signWithOpenssl(folder: string, ...options: string[]): CmsSignedData {
  const sign = [
    'cms',
    '-sign',
    '-binary',
    '-in',
    'message',
    '-signer',
    'leaf.pem',
    '-inkey',
    'key.pem',
    '-outform',
    'DER',
  ];
  const { status, output } = runTool('openssl', [...sign, '-out', 'signed', '-md', 'sha256', ...options], folder);
  assert.equal(status, 0, output);
  return parseCmsSignedData(readFileSync(join(folder, 'signed')));
}

/** What is wrong with the only signer. */
function check(signedData: CmsSignedData, type: 'rsa' | 'ec', octets: Uint8Array = message): string | undefined {
  const [signer, ...others] = signedData.signerInfos;
  assert.ok(signer && others.length === 0);
  const certificate = findSigner(signer.identifier, signedData.certificates);
  assert.equal(certificate?.thumbprint, authorities[type].leaf.thumbprint);
  return checkCmsSigner(signer, { contentType: signedData.contentType, octets }, authorities[type].leaf);
}

describe('what openssl signs', () => {
  for (const type of ['rsa', 'ec'] as const) {
    test(`with ${type}, with attributes and without, attached and detached`, (t) => {
      if (!hasTool(t, 'openssl')) return;
      const folder = makeKeyFolder(t, type);
      const attached = signWithOpenssl(folder, '-nodetach');
      assert.deepEqual(Buffer.from(attached.content ?? []), message);
      assert.equal(attached.version, 1);
      assert.equal(check(attached, type), undefined);
      assert.match(check(attached, type, Buffer.from('another')) ?? '', /content was changed/);
      const detached = signWithOpenssl(folder);
      assert.equal(detached.content, undefined);
      assert.equal(check(detached, type), undefined);
      const plain = signWithOpenssl(folder, '-noattr');
      assert.equal(check(plain, type), undefined);
      assert.match(check(plain, type, Buffer.from('another')) ?? '', /not by this key/);
    });

    test(`with ${type}, the signer named by key identifier`, (t) => {
      if (!hasTool(t, 'openssl')) return;
      const signed = signWithOpenssl(makeKeyFolder(t, type), '-nodetach', '-keyid', '-certfile', 'intermediate.pem');
      assert.equal(signed.version, 3);
      assert.equal(signed.certificates.length, 2);
      const identifier = signed.signerInfos[0]?.identifier;
      assert.ok(identifier && 'subjectKeyIdentifier' in identifier);
      assert.equal(check(signed, type), undefined);
    });
  }

  for (const salt of ['digest', '0', '20']) {
    test(`with RSASSA-PSS and a salt of ${salt}`, (t) => {
      if (!hasTool(t, 'openssl')) return;
      const options = ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', `rsa_pss_saltlen:${salt}`];
      const signed = signWithOpenssl(makeKeyFolder(t, 'rsa'), '-nodetach', ...options);
      assert.equal(signed.signerInfos[0]?.signatureAlgorithm, OID.rsaPss);
      assert.equal(check(signed, 'rsa'), undefined);
      assert.match(check(signed, 'rsa', Buffer.from('another')) ?? '', /content was changed/);
    });
  }

  test('with RSASSA-PSS and a mask made with another digest is said to be unsupported', (t) => {
    if (!hasTool(t, 'openssl')) return;
    const options = ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_mgf1_md:sha512'];
    const signed = signWithOpenssl(makeKeyFolder(t, 'rsa'), '-nodetach', ...options);
    assert.match(check(signed, 'rsa') ?? '', /mask made with sha512 .* is not supported/);
  });
});

test('certificates signed with RSASSA-PSS are checked', (t) => {
  if (!hasTool(t, 'openssl')) return;
  const folder = makeFolder(t, {});
  for (const algorithm of ['RSA', 'RSA-PSS']) {
    const make = [
      'req',
      '-x509',
      '-newkey',
      algorithm,
      '-pkeyopt',
      'rsa_keygen_bits:2048',
      '-nodes',
      '-subj',
      '/CN=PSS',
    ];
    const options = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:32', '-sha256', '-days', '30'];
    const run = runTool('openssl', [...make, ...options, '-keyout', 'key.pem', '-out', 'pss.pem'], folder);
    assert.equal(run.status, 0, run.output);
    const [certificate] = parsePemCertificates(readFileSync(join(folder, 'pss.pem'), 'utf8'));
    assert.ok(certificate);
    assert.equal(certificate.signatureAlgorithm, OID.rsaPss);
    assert.equal(isSignedBy(certificate, certificate), true);
    const changed = {
      ...certificate,
      signedBytes: Uint8Array.from(certificate.signedBytes, (octet, at) => (at === 20 ? octet ^ 1 : octet)),
    };
    assert.equal(isSignedBy(changed, certificate), false);
  }
});

describe('what is signed here', () => {
  for (const type of ['rsa', 'ec'] as const) {
    test(`with ${type} is verified by openssl`, async (t) => {
      if (!hasTool(t, 'openssl')) return;
      const { key } = authorities[type];
      const attributes = [{ type: OID.signingTime, value: write.utcTime(new Date()) }];
      const der = await createCmsSignedData({
        contentType: OID.data,
        content: message,
        key,
        digestAlgorithm: 'sha384',
        attributes,
      });
      assert.equal(check(parseCmsSignedData(der), type), undefined);
      const folder = makeFolder(t, { signed: der, 'root.pem': encodePem('CERTIFICATE', authorities[type].root.bytes) });
      const verify = [
        'cms',
        '-verify',
        '-binary',
        '-inform',
        'DER',
        '-in',
        'signed',
        '-CAfile',
        'root.pem',
        '-purpose',
        'any',
      ];
      const { output } = runTool('openssl', verify, folder);
      assert.match(output, /the content/);
      assert.match(output, /CMS Verification successful/);
    });
  }
});

describe('what is refused', () => {
  test('content of another type without attributes, whose signature may have been over something else', async () => {
    const der = await createCmsSignedData({
      contentType: OID.data,
      content: message,
      key: authorities.ec.key,
      digestAlgorithm: 'sha256',
    });
    const [signer] = parseCmsSignedData(der).signerInfos;
    assert.ok(signer);
    const bare = { ...signer, signedAttributesBytes: undefined, signedAttributes: [] };
    const content = { contentType: OID.timeStampInfo, octets: message };
    assert.match(checkCmsSigner(bare, content, authorities.ec.leaf) ?? '', /must be signed through attributes/);
  });

  test('the content of Authenticode, and CMS where Authenticode is wanted', async () => {
    const der = await createCmsSignedData({
      contentType: OID.timeStampInfo,
      content: message,
      key: authorities.ec.key,
      digestAlgorithm: 'sha256',
    });
    const refused = (error: unknown) => error instanceof ParseError;
    assert.throws(() => parseSignedData(der), refused);
    const octets = write.sequence([
      write.oid(OID.signedData),
      write.contextExplicit(0, write.sequence([write.integer(9)])),
    ]);
    assert.throws(
      () => parseCmsSignedData(octets),
      (error) => error instanceof ParseError && error.code === 'unsupported-version',
    );
    assert.throws(
      () => parseCmsSignedData(write.sequence([write.oid(OID.data)])),
      (error) => error instanceof ParseError && error.code === 'not-signed-data',
    );
  });

  test('damage, with ParseError or a failed check', async () => {
    const der = await createCmsSignedData({
      contentType: OID.data,
      content: message,
      key: authorities.rsa.key,
      digestAlgorithm: 'sha256',
    });
    for (const damaged of damagedCopies(der, 2000)) {
      try {
        const { contentType, content, signerInfos } = parseCmsSignedData(damaged);
        for (const signer of signerInfos) {
          const wrong = checkCmsSigner(signer, { contentType, octets: content ?? message }, authorities.rsa.leaf);
          if (wrong === undefined && content !== undefined) assert.deepEqual(Buffer.from(content), message);
        }
      } catch (error) {
        assert.ok(error instanceof ParseError, String(error));
      }
    }
  });
});
