// The certificates with whose keys applications sign client assertions, and the ids of assertions that were used already.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { ApplicationCertificate } from './schema.ts';

/** What is recorded of an application's certificate. */
export interface NewApplicationCertificate {
  /** DER. */
  readonly bytes: Uint8Array;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Lets an application sign its assertions with this certificate's key. Adding the same one again changes nothing. */
export async function addApplicationCertificate(
  database: Database,
  clientId: string,
  certificate: NewApplicationCertificate,
  clock: Clock,
): Promise<ApplicationCertificate> {
  const digest = (algorithm: string): string => createHash(algorithm).update(certificate.bytes).digest('hex');
  const row: ApplicationCertificate = {
    client_id: clientId.toLowerCase(),
    thumbprint: digest('sha256'),
    sha1_thumbprint: digest('sha1'),
    subject: certificate.subject,
    certificate: Buffer.from(certificate.bytes).toString('base64'),
    not_before: certificate.notBefore.toISOString(),
    not_after: certificate.notAfter.toISOString(),
    created_at: clock().toISOString(),
  };
  await database
    .insertInto('application_certificates')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return row;
}

/** The certificates of an application, oldest first, expired ones included. */
export function listApplicationCertificates(database: Database, clientId: string): Promise<ApplicationCertificate[]> {
  return database
    .selectFrom('application_certificates')
    .selectAll()
    .where('client_id', '=', clientId.toLowerCase())
    .orderBy('created_at')
    .orderBy('thumbprint')
    .execute();
}

/** Takes a certificate from an application, given its SHA-256 thumbprint in any case. Whether there was one. */
export async function removeApplicationCertificate(
  database: Database,
  clientId: string,
  thumbprint: string,
): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom('application_certificates')
    .where('client_id', '=', clientId.toLowerCase())
    .where('thumbprint', '=', thumbprint.toLowerCase())
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

/**
 * Uses the id of an assertion up, for all replicas. False when it was used before. It is remembered until `expiresAt`,
 * which must be the end of the assertion's life.
 */
export async function takeAssertionId(
  database: Database,
  assertion: { readonly clientId: string; readonly id: string; readonly expiresAt: Date },
  clock: Clock,
): Promise<boolean> {
  await database.deleteFrom('assertion_ids').where('expires_at', '<', clock().toISOString()).execute();
  const { numInsertedOrUpdatedRows } = await database
    .insertInto('assertion_ids')
    .values({
      client_id: assertion.clientId,
      id_hash: createHash('sha256').update(assertion.id, 'utf8').digest('hex'),
      expires_at: assertion.expiresAt.toISOString(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}
