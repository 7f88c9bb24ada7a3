// Makes and renews the keys of an installation: a small certification authority, the certificate that signs packages,
// and the secrets of tokens and SAS. Each is a file under <data>/keys that only its owner can read.
import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Certificate,
  createCertificate,
  encodePem,
  parseCertificate,
  readPkcs12,
  writePkcs12,
} from '@assay/authenticode';
import type { Clock } from '../clock.ts';
import { readFileIfPresent, writeFileWhole } from '../durable-files.ts';

/** CA/B Forum baseline requirements for code signing §6.1.5 ask for at least 3072 bits. */
const RSA_BITS = 3072;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** The dashboard's own leaf certificates live about fifteen months. */
const SIGNING_DAYS = 457;
/** A signing certificate with less than this left is replaced when the service starts. */
const RENEWAL_DAYS = 30;
const SUBMISSION_DAYS = 3 * 365;
/** Certificates are valid from a little before they are made, for machines whose clock is behind. */
const BACKDATE_MS = 3_600_000;
/** id-kp-codeSigning, RFC 5280 §4.2.1.12. */
export const CODE_SIGNING_USAGE = '1.3.6.1.5.5.7.3.3';

const makeKeyPair = promisify(generateKeyPair);

export interface KeyMaterial {
  /** The certification authority's own certificate. */
  readonly authority: Certificate;
  /** PKCS#12 with the key that signs packages. */
  readonly signingKeyFile: string;
  /** Opens the PKCS#12 files under keys/. */
  readonly passphrase: string;
  /** Private key of the token issuer, made by it on first use. */
  readonly tokenKeyFile: string;
  /** The secret behind SAS URLs. */
  readonly sasKey: Uint8Array;
}

async function newRsaKey(): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  return await makeKeyPair('rsa', { modulusLength: RSA_BITS });
}

function validity(clock: Clock, days: number): { notBefore: Date; notAfter: Date } {
  const now = clock().getTime();
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) };
}

async function loadOrMake(path: string, make: () => Promise<Uint8Array> | Uint8Array): Promise<Uint8Array> {
  const existing = await readFileIfPresent(path);
  if (existing) return existing;
  const made = await make();
  await writeFileWhole(path, made);
  return made;
}

/**
 * Loads the keys under `<dataDirectory>/keys`, making what is missing and renewing a signing certificate that is about to
 * expire, and keeps `<dataDirectory>/ca.pem` in step. The passphrase is the one given, or one that is made and kept in
 * `keys/passphrase`. Throws ParseError `wrong-password` when the passphrase does not fit.
 */
export async function loadKeyMaterial(
  dataDirectory: string,
  clock: Clock,
  givenPassphrase?: string,
): Promise<KeyMaterial> {
  const keys = join(dataDirectory, 'keys');
  const passphrase =
    givenPassphrase ??
    new TextDecoder().decode(
      await loadOrMake(join(keys, 'passphrase'), () => Buffer.from(randomBytes(24).toString('base64url'))),
    );
  const authorityBytes = await loadOrMake(join(keys, 'ca.p12'), async () => {
    const pair = await newRsaKey();
    const certificate = createCertificate({
      subject: { commonName: `Assay Root CA ${randomBytes(4).toString('hex')}`, organization: 'Assay' },
      ...pair,
      ...validity(clock, AUTHORITY_DAYS),
      certificateAuthority: true,
    });
    return writePkcs12({
      privateKey: pair.privateKey,
      certificate,
      chain: [],
      password: passphrase,
      friendlyName: 'Assay root',
    });
  });
  const authority = readPkcs12(authorityBytes, passphrase);
  await writeFileWhole(join(dataDirectory, 'ca.pem'), encodePem('CERTIFICATE', authority.certificate.bytes), 0o644);

  const signingKeyFile = join(keys, 'signing.p12');
  const existing = await readFileIfPresent(signingKeyFile);
  if (existing === undefined || expiresSoon(readPkcs12(existing, passphrase).certificate, clock)) {
    const pair = await newRsaKey();
    const certificate = createCertificate({
      subject: { commonName: 'Assay Hardware Compatibility Publisher', organization: 'Assay' },
      publicKey: pair.publicKey,
      issuer: authority,
      ...validity(clock, SIGNING_DAYS),
      extendedKeyUsages: [CODE_SIGNING_USAGE],
    });
    await writeFileWhole(
      signingKeyFile,
      writePkcs12({
        privateKey: pair.privateKey,
        certificate,
        chain: [authority.certificate],
        password: passphrase,
        friendlyName: 'Assay signing',
      }),
    );
  }
  return {
    authority: authority.certificate,
    signingKeyFile,
    passphrase,
    tokenKeyFile: join(keys, 'token.pem'),
    sasKey: await loadOrMake(join(keys, 'sas.key'), () => randomBytes(64)),
  };
}

function expiresSoon(certificate: Certificate, clock: Clock): boolean {
  return certificate.notAfter.getTime() - clock().getTime() < RENEWAL_DAYS * DAY_MS;
}

/** A certificate with which an account signs the packages that it submits, in a PKCS#12 with this password. */
export async function makeSubmissionCertificate(
  keyMaterial: Pick<KeyMaterial, 'passphrase'>,
  dataDirectory: string,
  legalName: string,
  password: string,
  clock: Clock,
): Promise<{ readonly certificate: Certificate; readonly pkcs12: Uint8Array }> {
  const authorityBytes = await readFileIfPresent(join(dataDirectory, 'keys', 'ca.p12'));
  if (authorityBytes === undefined) throw new Error('the certification authority has not been made yet');
  const authority = readPkcs12(authorityBytes, keyMaterial.passphrase);
  const pair = await newRsaKey();
  const certificate = createCertificate({
    subject: { commonName: `${legalName} submission`, organization: legalName },
    publicKey: pair.publicKey,
    issuer: authority,
    ...validity(clock, SUBMISSION_DAYS),
    extendedKeyUsages: [CODE_SIGNING_USAGE],
  });
  const pkcs12 = writePkcs12({
    privateKey: pair.privateKey,
    certificate,
    chain: [authority.certificate],
    password,
    friendlyName: `${legalName} submission`,
  });
  return { certificate: parseCertificate(certificate.bytes), pkcs12 };
}
