// The certificates whose signatures on a submitted package are accepted for an account, and the challenges by which an
// account shows that it has the key of one.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { SubmissionCertificate } from './schema.ts';

const CHALLENGE_BYTES = 32;
/** Long enough to carry the file to where the key is. */
const CHALLENGE_LIFETIME_MS = 7 * 86_400_000;
/** Open challenges of an account; asking for more drops the oldest. */
export const MAXIMUM_CHALLENGES = 10;

/** What is recorded of a certificate. */
export interface CertificateFacts {
  /** DER. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the DER, hex. */
  readonly thumbprint: string;
  readonly subject: string;
  readonly issuer?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly isExtendedValidation?: boolean;
}

/**
 * Lets an account sign its packages with a certificate. Registering the same one again changes nothing.
 * Gives whether it is new.
 */
export async function registerSubmissionCertificate(
  database: Database,
  registration: {
    readonly accountId: bigint;
    readonly certificate: CertificateFacts;
    /** A client id, or `operator`. */
    readonly registeredBy?: string;
  },
  clock: Clock,
): Promise<boolean> {
  const { accountId, certificate } = registration;
  const extended = certificate.isExtendedValidation;
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('submission_certificates')
    .values({
      account_id: accountId,
      thumbprint: certificate.thumbprint.toLowerCase(),
      subject: certificate.subject,
      certificate: Buffer.from(certificate.bytes).toString('base64'),
      registered_at: clock().toISOString(),
      issuer: certificate.issuer ?? null,
      not_before: certificate.notBefore?.toISOString() ?? null,
      not_after: certificate.notAfter?.toISOString() ?? null,
      is_extended_validation: extended === undefined ? null : extended ? 1n : 0n,
      registered_by: registration.registeredBy ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** The certificates that are registered to an account, oldest first. */
export function listSubmissionCertificates(database: Database, accountId: bigint): Promise<SubmissionCertificate[]> {
  return database
    .selectFrom('submission_certificates')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('registered_at')
    .orderBy('thumbprint')
    .execute();
}

/** The registration of this certificate, given its SHA-256 thumbprint in any case. */
export function findSubmissionCertificate(
  database: Database,
  accountId: bigint,
  thumbprint: string,
): Promise<SubmissionCertificate | undefined> {
  return database
    .selectFrom('submission_certificates')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('thumbprint', '=', thumbprint.toLowerCase())
    .executeTakeFirst();
}

/** Ends a registration: packages that are examined from now on and carry this signature are refused. Whether there was one. */
export async function removeSubmissionCertificate(
  database: Database,
  accountId: bigint,
  thumbprint: string,
): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom('submission_certificates')
    .where('account_id', '=', accountId)
    .where('thumbprint', '=', thumbprint.toLowerCase())
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/** Makes a challenge for an account and drops those that have expired or are too many. */
export async function addChallenge(database: Database, accountId: bigint, clock: Clock): Promise<string> {
  const now = clock();
  const challenge = randomBytes(CHALLENGE_BYTES).toString('hex');
  await database.deleteFrom('certificate_challenges').where('expires_at', '<=', now.toISOString()).execute();
  await database
    .insertInto('certificate_challenges')
    .values({
      challenge,
      account_id: accountId,
      created_at: now.toISOString(),
      expires_at: new Date(now.getTime() + CHALLENGE_LIFETIME_MS).toISOString(),
    })
    .execute();
  const newestFirst = await database
    .selectFrom('certificate_challenges')
    .select('challenge')
    .where('account_id', '=', accountId)
    .orderBy('created_at', 'desc')
    .orderBy('challenge')
    .execute();
  const surplus = newestFirst.slice(MAXIMUM_CHALLENGES).map((row) => row.challenge);
  if (surplus.length > 0) {
    await database.deleteFrom('certificate_challenges').where('challenge', 'in', surplus).execute();
  }
  return challenge;
}

/** The challenges of an account that have not expired, newest first. */
export async function listChallenges(database: Database, accountId: bigint, clock: Clock): Promise<readonly string[]> {
  const rows = await database
    .selectFrom('certificate_challenges')
    .select('challenge')
    .where('account_id', '=', accountId)
    .where('expires_at', '>', clock().toISOString())
    .orderBy('created_at', 'desc')
    .limit(MAXIMUM_CHALLENGES)
    .execute();
  return rows.map((row) => row.challenge);
}

/** Uses a challenge up. False when it is not there any more: somebody else did, or it expired. */
export async function takeChallenge(database: Database, accountId: bigint, challenge: string): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom('certificate_challenges')
    .where('account_id', '=', accountId)
    .where('challenge', '=', challenge)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
