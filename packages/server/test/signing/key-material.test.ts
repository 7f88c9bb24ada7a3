// The certificates that the service issues: what they are for, when they stay, and when they are replaced.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ASSAY_USAGES,
  buildCertificationPath,
  type Certificate,
  createCertificate,
  OID,
  parsePemCertificates,
  readPkcs12,
  writePkcs12,
} from '@assay/authenticode';
import { systemClock } from '../../src/clock.ts';
import { type KeyMaterial, loadKeyMaterial } from '../../src/signing/key-material.ts';
import { resolveProfiles, SIGNING_PROFILES, type SigningProfilesOptions } from '../../src/signing/profiles.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';
import { makeKey } from './signing-keys.ts';

const PASSPHRASE = 'a passphrase';
const DAY_MS = 86_400_000;

async function load(folder: string, options: SigningProfilesOptions = {}, clock = systemClock): Promise<KeyMaterial> {
  mkdirSync(join(folder, 'keys'), { recursive: true });
  return await loadKeyMaterial(folder, clock, PASSPHRASE, resolveProfiles(options, 'built-in'));
}

function certificateIn(folder: string, file: string): Certificate {
  return readPkcs12(readFileSync(join(folder, 'keys', file)), PASSPHRASE).certificate;
}

const FILES = {
  attestation: 'signing.p12',
  whql: 'signing-whql.p12',
  test: 'signing-test.p12',
  flight: 'signing-flight.p12',
  preprod: 'signing-preprod.p12',
} as const;

test('each profile has a certificate of its own from the CA, for code signing and its own usage', async (t) => {
  const folder = temporaryFolder(t);
  const { authority, signingKeys } = await load(folder);
  assert.deepEqual([...signingKeys.keys()], [...SIGNING_PROFILES]);
  const [root] = parsePemCertificates(readFileSync(join(folder, 'ca.pem'), 'utf8'));
  assert.equal(root?.thumbprint, authority.thumbprint);
  const thumbprints = new Set<string>();
  for (const name of SIGNING_PROFILES) {
    const certificate = certificateIn(folder, FILES[name]);
    assert.deepEqual(certificate.extendedKeyUsages, [OID.codeSigning, ASSAY_USAGES[name]], name);
    assert.match(ASSAY_USAGES[name], /^1\.2\.840\.113556\.1\.8000\.2554\.(\d+\.){7}1\.\d$/);
    for (const part of ASSAY_USAGES[name].split('.')) assert.ok(Number(part) < 2 ** 32);
    const path = buildCertificationPath({
      leaf: certificate,
      intermediates: [],
      anchors: [authority],
      requiredUsage: ASSAY_USAGES[name],
    });
    assert.deepEqual(path.problems, [], name);
    thumbprints.add(certificate.thumbprint);
  }
  assert.equal(thumbprints.size, SIGNING_PROFILES.length);
  assert.equal(new Set(Object.values(ASSAY_USAGES)).size, SIGNING_PROFILES.length);

  const stamps = certificateIn(folder, 'timestamp.p12');
  assert.deepEqual(stamps.extendedKeyUsages, [OID.timeStamping]);
  assert.equal(stamps.extendedKeyUsagesCritical, true);
  assert.ok(stamps.notAfter <= authority.notAfter);
});

test("a second start changes nothing; Microsoft's usages come and go when they are asked for", async (t) => {
  const folder = temporaryFolder(t);
  await load(folder);
  const all = () => [...Object.values(FILES), 'timestamp.p12'].map((file) => certificateIn(folder, file).thumbprint);
  const first = all();
  await load(folder);
  assert.deepEqual(all(), first);

  const microsoft = { usages: 'microsoft' } as const;
  await load(folder, { whql: microsoft, attestation: microsoft });
  const usages = (file: string) => certificateIn(folder, file).extendedKeyUsages;
  assert.deepEqual(usages(FILES.whql), [OID.codeSigning, '1.3.6.1.4.1.311.10.3.5']);
  assert.deepEqual(usages(FILES.attestation), [OID.codeSigning, '1.3.6.1.4.1.311.10.3.5.1']);
  assert.equal(certificateIn(folder, FILES.test).thumbprint, first[2], 'the others stay');
  await load(folder);
  assert.deepEqual(usages(FILES.whql), [OID.codeSigning, ASSAY_USAGES.whql]);
  assert.deepEqual(usages(FILES.attestation), [OID.codeSigning, ASSAY_USAGES.attestation]);
});

test('a profile with a key of its own gets none here', async (t) => {
  const folder = temporaryFolder(t);
  const key = { kind: 'pkcs12', file: '/nowhere.p12', password: '' } as const;
  const { signingKeys } = await load(folder, { whql: { key } });
  assert.equal(signingKeys.has('whql'), false);
  assert.throws(() => certificateIn(folder, FILES.whql), /ENOENT/);
});

test('the certificate from before there were profiles signs attestation until it is renewed', async (t) => {
  const folder = temporaryFolder(t);
  await load(folder);
  const authority = readPkcs12(readFileSync(join(folder, 'keys', 'ca.p12')), PASSPHRASE);
  const { privateKey, certificate: own } = makeKey();
  const old = createCertificate({
    subject: { commonName: 'Assay Hardware Compatibility Publisher' },
    publicKey: own.publicKey,
    issuer: authority,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 100 * DAY_MS),
    extendedKeyUsages: [OID.codeSigning],
  });
  const bytes = writePkcs12({ privateKey, certificate: old, chain: [authority.certificate], password: PASSPHRASE });
  writeFileSync(join(folder, 'keys', FILES.attestation), bytes);
  writeFileSync(join(folder, 'keys', FILES.whql), bytes);

  await load(folder);
  assert.equal(certificateIn(folder, FILES.attestation).thumbprint, old.thumbprint);
  assert.notEqual(certificateIn(folder, FILES.whql).thumbprint, old.thumbprint, 'no other profile takes it over');
  await load(folder, {}, () => new Date(Date.now() + 80 * DAY_MS));
  const renewed = certificateIn(folder, FILES.attestation);
  assert.notEqual(renewed.thumbprint, old.thumbprint);
  assert.deepEqual(renewed.extendedKeyUsages, [OID.codeSigning, ASSAY_USAGES.attestation]);
});

test('the certificate of time stamps is renewed long before it expires, but never outlives the CA', async (t) => {
  const folder = temporaryFolder(t);
  await load(folder);
  const first = certificateIn(folder, 'timestamp.p12');
  const later = () => new Date(Date.now() + 7 * 365 * DAY_MS);
  await load(folder, {}, later);
  assert.equal(certificateIn(folder, 'timestamp.p12').thumbprint, first.thumbprint, 'a new one could not last longer');
});
