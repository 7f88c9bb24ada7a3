// The organisations that submit drivers and the applications that act for them.
import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import { prepareQuery } from './prepared-query.ts';
import type { Account, Application } from './schema.ts';

/** The roles that an application can be given. `Manager` may do everything. */
export const ROLES = ['Manager', 'Driver Submitter', 'Shipping Label Owner', 'Shipping Label Promoter'] as const;
export type Role = (typeof ROLES)[number];

/** Seller ids have eight digits. */
const SELLER_ID_RANGE = { from: 10_000_000, to: 100_000_000 } as const;

/** An application together with the tenant of its account. */
export interface ApplicationInTenant extends Application {
  readonly tenant_id: string;
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
    disabled_at: null,
  };
  await database.insertInto('applications').values(row).execute();
  return row;
}

const applicationQuery = prepareQuery((database, clientId: string) =>
  database
    .selectFrom('applications')
    .innerJoin('accounts', 'accounts.id', 'applications.account_id')
    .selectAll('applications')
    .select('accounts.tenant_id')
    .where('applications.client_id', '=', clientId),
);

/** The application with this client id (compared without case) and its tenant. */
export async function findApplication(database: Database, clientId: string): Promise<ApplicationInTenant | undefined> {
  const [application] = await applicationQuery(database, clientId.toLowerCase());
  return application;
}

/** The role names of an application. */
export function rolesOf(application: Application): readonly string[] {
  const roles: unknown = JSON.parse(application.roles);
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
}

/** Every account, oldest first. */
export function listAccounts(database: Database): Promise<Account[]> {
  return database.selectFrom('accounts').selectAll().orderBy('created_at').orderBy('id').execute();
}

/** The applications of an account, or of all of them, oldest first. */
export function listApplications(database: Database, accountId?: bigint): Promise<Application[]> {
  const query = database.selectFrom('applications').selectAll().orderBy('created_at').orderBy('client_id');
  return (accountId === undefined ? query : query.where('account_id', '=', accountId)).execute();
}

/** Changes what an application may do, or whether it may do anything; undefined leaves it as it is. */
export async function changeApplication(
  database: Database,
  clientId: string,
  change: { readonly roles?: readonly Role[]; readonly disabledAt?: Date | null },
): Promise<void> {
  await database
    .updateTable('applications')
    .set({
      ...(change.roles !== undefined && { roles: JSON.stringify(change.roles) }),
      ...(change.disabledAt !== undefined && { disabled_at: change.disabledAt?.toISOString() ?? null }),
    })
    .where('client_id', '=', clientId.toLowerCase())
    .execute();
}

export {
  addClientSecret,
  hashSecret,
  listClientSecrets,
  type SecretRecord,
} from './client-secrets.ts';
export { listSubmissionCertificates, registerSubmissionCertificate } from './submission-certificates.ts';
