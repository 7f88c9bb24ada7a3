// Makes and renews the keys of an installation: a small certification authority, a certificate for each signing profile and
// one for time stamps, and the secrets of tokens and SAS. Each is a file under <data>/keys that only its owner can read.
import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Certificate,
  createCertificate,
  encodePem,
  OID,
  parseCertificate,
  readPkcs12,
  writePkcs12,
} from '@assay/authenticode';
import type { KeyLocation } from '@assay/key-stores';
import type { Clock } from '../clock.ts';
import { readFileIfPresent, writeFileWhole } from '../durable-files.ts';
import { resolveProfiles, type SigningProfile, type SigningProfileName } from './profiles.ts';
import { usagesOf } from './usages.ts';

/** CA/B Forum baseline requirements for code signing §6.1.5 ask for at least 3072 bits. */
const RSA_BITS = 3072;
/** Of keys that are gone within hours; they are made several times as fast. */
const THROW_AWAY_RSA_BITS = 2048;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** The dashboard's own leaf certificates live about fifteen months. */
const SIGNING_DAYS = 457;
/** Stamps cannot be checked by everyone after their certificate expired, so it lives long. Never longer than the authority. */
const TIMESTAMP_DAYS = 3650;
/** A signing certificate with less than this left is replaced when the service starts. */
const RENEWAL_DAYS = 30;
/** The same for the certificate of time stamps, which should outlive what it stamps. */
const TIMESTAMP_RENEWAL_DAYS = 5 * 365;
const SUBMISSION_DAYS = 3 * 365;
/** Certificates are valid from a little before they are made, for machines whose clock is behind. */
const BACKDATE_MS = 3_600_000;

/**
 * Rounds of key derivation for files whose password this service made itself: 128 random bits and more cannot be guessed, however
 * fast a guess is, and every start opens all files. A passphrase that a person thought of gets the default of the writer.
 */
const ROUNDS_FOR_RANDOM_PASSWORDS = 2_048;

const makeKeyPair = promisify(generateKeyPair);

export interface KeyMaterial {
  /** The certification authority's own certificate. */
  readonly authority: Certificate;
  /** The built-in keys of the profiles that were asked for. */
  readonly signingKeys: ReadonlyMap<SigningProfileName, KeyLocation>;
  /** The key that makes time stamps. */
  readonly timestampKey: KeyLocation;
  /** Opens the PKCS#12 files under keys/. */
  readonly passphrase: string;
  /** Whether keys are made for hours only. */
  readonly throwAway: boolean;
  /** Private key of the token issuer, made by it on first use. */
  readonly tokenKeyFile: string;
  /** The secret behind SAS URLs. */
  readonly sasKey: Uint8Array;
}

/** What key files are encrypted with. */
interface FileProtection {
  readonly password: string;
  readonly iterations?: number;
}

/** How keys that are missing are made. */
interface Making {
  readonly protection: FileProtection;
  readonly throwAway: boolean;
  readonly clock: Clock;
}

/** The certification authority with its private key. */
interface Authority {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

async function newRsaKey(throwAway: boolean): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  return await makeKeyPair('rsa', { modulusLength: throwAway ? THROW_AWAY_RSA_BITS : RSA_BITS });
}

function validity(clock: Clock, days: number, atMost?: Date): { notBefore: Date; notAfter: Date } {
  const now = clock().getTime();
  const end = now + days * DAY_MS;
  return {
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(atMost === undefined ? end : Math.min(end, atMost.getTime())),
  };
}

async function loadOrMake(path: string, make: () => Promise<Uint8Array> | Uint8Array): Promise<Uint8Array> {
  const existing = await readFileIfPresent(path);
  if (existing) return existing;
  const made = await make();
  await writeFileWhole(path, made);
  return made;
}

/** File of a profile's key. Before there were profiles one key signed everything; it went on as that of attestation. */
function keyFileOf(profile: SigningProfileName): string {
  return profile === 'attestation' ? 'signing.p12' : `signing-${profile}.p12`;
}

/** The title in the name of each certificate, so that a person sees what a package is. */
const PUBLISHERS: Readonly<Record<SigningProfileName, string>> = {
  attestation: 'Assay Hardware Compatibility Publisher',
  whql: 'Assay Hardware Compatibility Publisher (WHQL)',
  test: 'Assay Test Publisher',
  flight: 'Assay Flight Publisher',
  preprod: 'Assay Preproduction Publisher',
};

/**
 * Whether a certificate may stay although others are wanted: the one from before there were profiles is known to machines
 * that trust it, so it serves attestation until it is renewed.
 */
function isFromBeforeProfiles(profile: SigningProfile, usages: readonly string[] | undefined): boolean {
  return profile.name === 'attestation' && profile.usages === 'assay' && usages?.join() === OID.codeSigning;
}

function expiresWithin(days: number, certificate: Certificate, clock: Clock): boolean {
  return certificate.notAfter.getTime() - clock().getTime() < days * DAY_MS;
}

interface LeafRequest {
  readonly file: string;
  readonly commonName: string;
  readonly days: number;
  readonly usages: readonly string[];
  readonly usagesCritical?: boolean;
  readonly friendlyName: string;
  /** Whether the certificate that is there will do. */
  keeps(certificate: Certificate): boolean;
}

/** Makes the key with its certificate, unless there is one that will do. Throws ParseError `wrong-password`. */
async function loadOrIssue(
  authority: Authority,
  { protection, throwAway, clock }: Making,
  request: LeafRequest,
): Promise<KeyLocation> {
  const { password } = protection;
  const location: KeyLocation = { kind: 'pkcs12', file: request.file, password };
  const existing = await readFileIfPresent(request.file);
  if (existing !== undefined && request.keeps(readPkcs12(existing, password).certificate)) return location;
  const pair = await newRsaKey(throwAway);
  const certificate = createCertificate({
    subject: { commonName: request.commonName, organization: 'Assay' },
    publicKey: pair.publicKey,
    issuer: authority,
    ...validity(clock, request.days, authority.certificate.notAfter),
    extendedKeyUsages: request.usages,
    extendedKeyUsagesCritical: request.usagesCritical ?? false,
  });
  await writeFileWhole(
    request.file,
    writePkcs12({
      privateKey: pair.privateKey,
      certificate,
      chain: [authority.certificate],
      ...protection,
      friendlyName: request.friendlyName,
    }),
  );
  return location;
}

async function loadAuthority(file: string, { protection, throwAway, clock }: Making): Promise<Authority> {
  const bytes = await loadOrMake(file, async () => {
    const pair = await newRsaKey(throwAway);
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
      ...protection,
      friendlyName: 'Assay root',
    });
  });
  return readPkcs12(bytes, protection.password);
}

/**
 * Loads the keys under `<dataDirectory>/keys`, making what is missing and renewing a certificate that is about to expire or is
 * not for what its profile says now, and keeps `<dataDirectory>/ca.pem` in step. Profiles with a key of the operator's own get
 * none here. Keys that are thrown away soon (`throwAway`) are smaller. The passphrase is the one given, or one that is made and kept in `keys/passphrase`. Throws ParseError
 * `wrong-password` when the passphrase does not fit.
 */
export async function loadKeyMaterial(
  dataDirectory: string,
  clock: Clock,
  givenPassphrase?: string,
  profiles: readonly SigningProfile[] = resolveProfiles({}, 'built-in'),
  throwAway = false,
): Promise<KeyMaterial> {
  const keys = join(dataDirectory, 'keys');
  const passphrase =
    givenPassphrase ??
    new TextDecoder().decode(
      await loadOrMake(join(keys, 'passphrase'), () => Buffer.from(randomBytes(24).toString('base64url'))),
    );
  const protection: FileProtection = {
    password: passphrase,
    ...(givenPassphrase === undefined ? { iterations: ROUNDS_FOR_RANDOM_PASSWORDS } : {}),
  };
  const making: Making = { protection, throwAway, clock };
  const authority = await loadAuthority(join(keys, 'ca.p12'), making);
  await writeFileWhole(join(dataDirectory, 'ca.pem'), encodePem('CERTIFICATE', authority.certificate.bytes), 0o644);

  const issue = (request: LeafRequest) => loadOrIssue(authority, making, request);
  const issuing = profiles
    .filter(({ key }) => key === 'built-in')
    .map(async (profile): Promise<[SigningProfileName, KeyLocation]> => {
      const usages = usagesOf(profile.name, profile.usages);
      const location = await issue({
        file: join(keys, keyFileOf(profile.name)),
        commonName: PUBLISHERS[profile.name],
        days: SIGNING_DAYS,
        usages,
        friendlyName: `Assay signing (${profile.name})`,
        keeps: (certificate) =>
          !expiresWithin(RENEWAL_DAYS, certificate, clock) &&
          (certificate.extendedKeyUsages?.join() === usages.join() ||
            isFromBeforeProfiles(profile, certificate.extendedKeyUsages)),
      });
      return [profile.name, location];
    });
  const issuingTimestamps = issue({
    file: join(keys, 'timestamp.p12'),
    commonName: 'Assay Time Stamping Authority',
    days: TIMESTAMP_DAYS,
    usages: [OID.timeStamping],
    // RFC 3161 §2.3: the extension is critical and names this one usage.
    usagesCritical: true,
    friendlyName: 'Assay time stamps',
    keeps: (certificate) =>
      !expiresWithin(TIMESTAMP_RENEWAL_DAYS, certificate, clock) ||
      certificate.notAfter.getTime() >= authority.certificate.notAfter.getTime(),
  });
  const [timestampKey, ...signingKeys] = await Promise.all([issuingTimestamps, ...issuing]);
  return {
    authority: authority.certificate,
    signingKeys: new Map(signingKeys),
    timestampKey,
    passphrase,
    throwAway,
    tokenKeyFile: join(keys, 'token.pem'),
    sasKey: await loadOrMake(join(keys, 'sas.key'), () => randomBytes(64)),
  };
}

/** A certificate with which an account signs the packages that it submits, in a PKCS#12 with this random password. */
export async function makeSubmissionCertificate(
  keyMaterial: Pick<KeyMaterial, 'passphrase' | 'throwAway'>,
  dataDirectory: string,
  legalName: string,
  password: string,
  clock: Clock,
): Promise<{ readonly certificate: Certificate; readonly pkcs12: Uint8Array }> {
  const authorityBytes = await readFileIfPresent(join(dataDirectory, 'keys', 'ca.p12'));
  if (authorityBytes === undefined) throw new Error('the certification authority has not been made yet');
  const authority = readPkcs12(authorityBytes, keyMaterial.passphrase);
  const pair = await newRsaKey(keyMaterial.throwAway);
  const certificate = createCertificate({
    subject: { commonName: `${legalName} submission`, organization: legalName },
    publicKey: pair.publicKey,
    issuer: authority,
    ...validity(clock, SUBMISSION_DAYS),
    extendedKeyUsages: [OID.codeSigning],
  });
  const pkcs12 = writePkcs12({
    privateKey: pair.privateKey,
    certificate,
    chain: [authority.certificate],
    password,
    iterations: ROUNDS_FOR_RANDOM_PASSWORDS,
    friendlyName: `${legalName} submission`,
  });
  return { certificate: parseCertificate(certificate.bytes), pkcs12 };
}
