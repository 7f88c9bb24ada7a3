// Administers accounts and applications. Every change is one transaction and stands in the audit log as the operator's.
import type { Clock } from '../clock.ts';
import {
  changeApplication,
  createAccount,
  createApplication,
  findAccount,
  findAccountOfTenant,
  findApplication,
  listAccounts,
  listApplications,
  ROLES,
  type Role,
  rolesOf,
} from '../store/accounts.ts';
import { appendAudit, OPERATOR } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import type { Account, Application } from '../store/schema.ts';
import { AdministrationError } from './administration-error.ts';

export interface AccountView {
  /** Digits of the seller id. */
  readonly sellerId: string;
  readonly name: string;
  readonly legalName: string;
  readonly tenantId: string;
  readonly createdAt: string;
}

export interface ApplicationView {
  readonly clientId: string;
  readonly sellerId: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly createdAt: string;
  /** Undefined while it works. */
  readonly disabledAt: string | undefined;
}

export interface AccountAdministration {
  /** Throws AdministrationError when the seller id or the tenant id is taken. */
  create(account: {
    readonly name: string;
    readonly legalName?: string;
    readonly sellerId?: bigint;
    readonly tenantId?: string;
  }): Promise<AccountView>;
  list(): Promise<readonly AccountView[]>;
  /** The account with this seller id; without one, the only account there is. Throws AdministrationError. */
  require(sellerId?: bigint): Promise<AccountView>;
}

export interface ApplicationAdministration {
  /** Throws AdministrationError when the client id is taken or a role is not known. */
  create(application: {
    readonly sellerId: bigint;
    readonly name: string;
    readonly roles: readonly string[];
    readonly clientId?: string;
  }): Promise<ApplicationView>;
  /** Of one account, or of all. */
  list(sellerId?: bigint): Promise<readonly ApplicationView[]>;
  require(clientId: string): Promise<ApplicationView>;
  /** Replaces the roles; what the application may do changes with its next request. */
  setRoles(clientId: string, roles: readonly string[]): Promise<ApplicationView>;
  /** Stops an application, or lets it work again: its secrets stay, its tokens are refused at once. */
  setDisabled(clientId: string, disabled: boolean): Promise<ApplicationView>;
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function accountView(account: Account): AccountView {
  return {
    sellerId: String(account.id),
    name: account.name,
    legalName: account.legal_name,
    tenantId: account.tenant_id,
    createdAt: account.created_at,
  };
}

function applicationView(application: Application): ApplicationView {
  return {
    clientId: application.client_id,
    sellerId: String(application.account_id),
    name: application.name,
    roles: rolesOf(application),
    createdAt: application.created_at,
    disabledAt: application.disabled_at ?? undefined,
  };
}

/** The roles in their own spelling, each once. Throws AdministrationError for one that does not exist, or for none. */
function readRoles(names: readonly string[]): readonly Role[] {
  const roles = names.map((name) => {
    const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_-]/g, '');
    const role = ROLES.find((known) => plain(known) === plain(name));
    if (role === undefined) {
      throw new AdministrationError(
        'invalidInput',
        `There is no role "${name}".`,
        `The roles are: ${ROLES.join(', ')}.`,
      );
    }
    return role;
  });
  if (roles.length === 0) {
    throw new AdministrationError(
      'invalidInput',
      'An application needs a role.',
      `The roles are: ${ROLES.join(', ')}.`,
    );
  }
  return [...new Set(roles)];
}

function requireGuid(text: string, what: string): void {
  if (!GUID.test(text)) {
    throw new AdministrationError('invalidInput', `The ${what} must be a GUID, not "${text}".`);
  }
}

function requireName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw new AdministrationError('invalidInput', 'The name must not be empty.');
  return trimmed;
}

export function administerAccounts(database: Database, clock: Clock): AccountAdministration {
  return {
    async create(account) {
      const name = requireName(account.name);
      if (account.tenantId !== undefined) {
        requireGuid(account.tenantId, 'tenant id');
        const owner = await findAccountOfTenant(database, account.tenantId);
        if (owner) throw new AdministrationError('invalidState', `Account ${owner.id} has this tenant id already.`);
      }
      if (account.sellerId !== undefined && (await findAccount(database, account.sellerId))) {
        throw new AdministrationError('invalidState', `There is an account with the seller id ${account.sellerId}.`);
      }
      return database.transaction().execute(async (transaction) => {
        const row = await createAccount(
          transaction,
          {
            name,
            ...(account.legalName !== undefined && { legalName: requireName(account.legalName) }),
            ...(account.sellerId !== undefined && { id: account.sellerId }),
            ...(account.tenantId !== undefined && { tenantId: account.tenantId }),
          },
          clock,
        );
        const details = { name: row.name, legalName: row.legal_name, tenantId: row.tenant_id };
        const change = { accountId: row.id, action: 'account.create', entity: `accounts/${row.id}`, details };
        await appendAudit(transaction, OPERATOR, change, clock);
        return accountView(row);
      });
    },

    list: async () => (await listAccounts(database)).map(accountView),

    async require(sellerId) {
      if (sellerId !== undefined) {
        const account = await findAccount(database, sellerId);
        if (account === undefined) {
          throw new AdministrationError('notFound', `There is no account with the seller id ${sellerId}.`);
        }
        return accountView(account);
      }
      const [only, ...others] = await listAccounts(database);
      if (only === undefined) {
        throw new AdministrationError('notFound', 'There is no account yet.', 'Make one with: assay account create');
      }
      if (others.length > 0) {
        throw new AdministrationError(
          'invalidInput',
          'There are several accounts.',
          `Name one with --account: ${[only, ...others].map((account) => `${account.id} (${account.name})`).join(', ')}.`,
        );
      }
      return accountView(only);
    },
  };
}

export function administerApplications(database: Database, clock: Clock): ApplicationAdministration {
  async function requireApplication(clientId: string): Promise<Application> {
    const application = await findApplication(database, clientId);
    if (application === undefined) {
      throw new AdministrationError('notFound', `There is no application with the client id ${clientId}.`);
    }
    return application;
  }

  async function change(
    clientId: string,
    action: string,
    changes: Parameters<typeof changeApplication>[2],
    details: Readonly<Record<string, unknown>> = {},
  ): Promise<ApplicationView> {
    const { client_id: id, account_id: accountId } = await requireApplication(clientId);
    await database.transaction().execute(async (transaction) => {
      await changeApplication(transaction, id, changes);
      await appendAudit(transaction, OPERATOR, { accountId, action, entity: `applications/${id}`, details }, clock);
    });
    return applicationView(await requireApplication(id));
  }

  return {
    async create(application) {
      const name = requireName(application.name);
      const roles = readRoles(application.roles);
      if (application.clientId !== undefined) {
        requireGuid(application.clientId, 'client id');
        if (await findApplication(database, application.clientId)) {
          throw new AdministrationError('invalidState', `There is an application ${application.clientId} already.`);
        }
      }
      const accountId = application.sellerId;
      return database.transaction().execute(async (transaction) => {
        const { clientId } = application;
        const row = await createApplication(
          transaction,
          { accountId, name, roles, ...(clientId !== undefined && { clientId }) },
          clock,
        );
        const entity = `applications/${row.client_id}`;
        const audited = { accountId, action: 'application.create', entity, details: { name, roles } };
        await appendAudit(transaction, OPERATOR, audited, clock);
        return applicationView(row);
      });
    },

    list: async (sellerId) => (await listApplications(database, sellerId)).map(applicationView),
    require: async (clientId) => applicationView(await requireApplication(clientId)),

    async setRoles(clientId, names) {
      const roles = readRoles(names);
      return change(clientId, 'application.roles', { roles }, { roles });
    },

    setDisabled: (clientId, disabled) =>
      change(clientId, disabled ? 'application.disable' : 'application.enable', {
        disabledAt: disabled ? clock() : null,
      }),
  };
}
