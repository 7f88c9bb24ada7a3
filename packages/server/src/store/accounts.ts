// The organisations that submit drivers, the applications that act for them, their secrets, and the certificates whose
// signatures on a submitted package are accepted. A client secret is kept only as its SHA-256.
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { Account, Application, SubmissionCertificate } from './schema.ts';

/** The roles that an application can be given. `Manager` may do everything. */
export const ROLES = ['Manager', 'Driver Submitter', 'Shipping Label Owner', 'Shipping Label Promoter'] as const;
export type Role = (typeof ROLES)[number];

/** Seller ids have eight digits. */
const SELLER_ID_RANGE = { from: 10_000_000, to: 100_000_000 } as const;
const SECRET_BYTES = 32;
const SECRET_LIFETIME_MS = 2 * 365 * 24 * 3_600_000;

/** An application together with the tenant of its account. */
export interface ApplicationInTenant extends Application {
  readonly tenant_id: string;
}

/** What can be checked about a secret: its SHA-256 in lower-case hex and its end, as ISO 8601. */
export interface SecretRecord {
  readonly secret_hash: string;
  readonly expires_at: string;
}

/** SHA-256 of a client secret in lower-case hex, as it is stored. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/**
 * Makes an account. The seller id and the tenant id are chosen at random when they are not given.
 * Throws what the database throws when the id or the tenant exists already.
 */
export async function createAccount(
  database: Database,
  account: {
    readonly name: string;
    readonly legalName?: string;
    readonly id?: bigint;
    readonly tenantId?: string;
  },
  clock: Clock,
): Promise<Account> {
  const row: Account = {
    id: account.id ?? BigInt(randomInt(SELLER_ID_RANGE.from, SELLER_ID_RANGE.to)),
    name: account.name,
    legal_name: account.legalName ?? account.name,
    tenant_id: (account.tenantId ?? randomUUID()).toLowerCase(),
    created_at: clock().toISOString(),
  };
  await database.insertInto('accounts').values(row).execute();
  return row;
}

/** The account with this seller id. */
export function findAccount(database: Database, id: bigint): Promise<Account | undefined> {
  return database.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The account of this tenant (compared without case). */
export function findAccountOfTenant(database: Database, tenantId: string): Promise<Account | undefined> {
  return database.selectFrom('accounts').selectAll().where('tenant_id', '=', tenantId.toLowerCase()).executeTakeFirst();
}

/** Makes an application that acts for an account in the given roles. The client id is chosen at random when not given. */
export async function createApplication(
  database: Database,
  application: {
    readonly accountId: bigint;
    readonly name: string;
    readonly roles: readonly Role[];
    readonly clientId?: string;
  },
  clock: Clock,
): Promise<Application> {
  const row: Application = {
    client_id: (application.clientId ?? randomUUID()).toLowerCase(),
    account_id: application.accountId,
    name: application.name,
    roles: JSON.stringify(application.roles),
    created_at: clock().toISOString(),
  };
  await database.insertInto('applications').values(row).execute();
  return row;
}

/** The application with this client id (compared without case) and its tenant. */
export function findApplication(database: Database, clientId: string): Promise<ApplicationInTenant | undefined> {
  return database
    .selectFrom('applications')
    .innerJoin('accounts', 'accounts.id', 'applications.account_id')
    .selectAll('applications')
    .select('accounts.tenant_id')
    .where('applications.client_id', '=', clientId.toLowerCase())
    .executeTakeFirst();
}

/** The role names of an application. */
export function rolesOf(application: Application): readonly string[] {
  const roles: unknown = JSON.parse(application.roles);
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
}

/**
 * Adds a secret of 256 random bits to an application and returns it in clear. This is the only time that it can be read.
 * It works for two years unless `expiresAt` says otherwise.
 */
export async function addClientSecret(
  database: Database,
  secret: { readonly clientId: string; readonly expiresAt?: Date },
  clock: Clock,
): Promise<{ readonly id: string; readonly secret: string; readonly expiresAt: Date }> {
  const clear = randomBytes(SECRET_BYTES).toString('base64url');
  const id = randomUUID();
  const now = clock();
  const expiresAt = secret.expiresAt ?? new Date(now.getTime() + SECRET_LIFETIME_MS);
  await database
    .insertInto('client_secrets')
    .values({
      id,
      client_id: secret.clientId.toLowerCase(),
      secret_hash: hashSecret(clear),
      created_at: now.toISOString(),
      expires_at: expiresAt.toISOString(),
    })
    .execute();
  return { id, secret: clear, expiresAt };
}

/** The secrets of an application, expired ones included. */
export function listClientSecrets(database: Database, clientId: string): Promise<SecretRecord[]> {
  return database
    .selectFrom('client_secrets')
    .select(['secret_hash', 'expires_at'])
    .where('client_id', '=', clientId.toLowerCase())
    .execute();
}

/** Lets an account sign its packages with a certificate. Registering the same one again changes nothing. */
export async function registerSubmissionCertificate(
  database: Database,
  registration: {
    readonly accountId: bigint;
    /** Its DER bytes, the SHA-256 of them in hex, and the subject's name. */
    readonly certificate: { readonly bytes: Uint8Array; readonly thumbprint: string; readonly subject: string };
  },
  clock: Clock,
): Promise<void> {
  const { accountId, certificate } = registration;
  await database
    .insertInto('submission_certificates')
    .values({
      account_id: accountId,
      thumbprint: certificate.thumbprint.toLowerCase(),
      subject: certificate.subject,
      certificate: Buffer.from(certificate.bytes).toString('base64'),
      registered_at: clock().toISOString(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
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
