// The first start of an installation: an account, an application with a secret, a submission certificate, and the
// credentials file that clients read. Interrupted anywhere, the next start completes it.
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { readFileIfPresent, writeFileWhole } from './durable-files.ts';
import { type KeyMaterial, makeSubmissionCertificate } from './signing/key-material.ts';
import { createAccount, createApplication } from './store/accounts.ts';
import { appendAudit, SERVICE } from './store/audit.ts';
import {
  addClientSecret,
  listClientSecrets,
  MAXIMUM_SECRETS,
  removeClientSecret,
  SECRET_LIFETIME_MS,
} from './store/client-secrets.ts';
import type { Database } from './store/database.ts';
import { registerSubmissionCertificate } from './store/submission-certificates.ts';

/** The contents of `<data>/credentials.json`: all that a client needs. */
export interface Credentials {
  readonly url: string;
  /** The authority host, without the tenant. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly sellerId: string;
  /** Path of a PKCS#12 made for the account. */
  readonly submissionCertificate: string;
  readonly submissionCertificatePassword: string;
}

export interface ProvisionResult {
  readonly credentialsFile: string;
  /** True when this start made the account. */
  readonly created: boolean;
}

/** Tells the secret of the credentials file from those that the operator made. */
const SECRET_DESCRIPTION = 'credentials.json';
const FIRST_ACCOUNT = { name: 'Local', legalName: 'Local Account' };

/**
 * Makes what is missing. An account is made only when the database has none; on a database that others share
 * (`shared`) no further secret is made for an account that exists already.
 */
export async function provision(options: {
  readonly database: Database;
  readonly keyMaterial: KeyMaterial;
  readonly dataDirectory: string;
  readonly url: string;
  readonly shared: boolean;
  readonly clock: Clock;
}): Promise<ProvisionResult> {
  const { database, dataDirectory, url, clock } = options;
  const credentialsFile = join(dataDirectory, 'credentials.json');
  const stored = await readFileIfPresent(credentialsFile);
  if (stored !== undefined) {
    const credentials = JSON.parse(new TextDecoder().decode(stored)) as Credentials;
    if (credentials.url !== url) await writeCredentials(credentialsFile, { ...credentials, url, authority: url });
    return { credentialsFile, created: false };
  }
  const existing = await database
    .selectFrom('applications')
    .innerJoin('accounts', 'accounts.id', 'applications.account_id')
    .select([
      'applications.client_id',
      'applications.disabled_at',
      'accounts.id',
      'accounts.tenant_id',
      'accounts.legal_name',
    ])
    .orderBy('applications.created_at')
    .limit(1)
    .executeTakeFirst();
  if (existing && options.shared) return { credentialsFile, created: false };

  if (existing && existing.disabled_at !== null) return { credentialsFile, created: false };
  if (existing && !(await makeRoomForSecret(database, existing.client_id, clock))) {
    return { credentialsFile, created: false };
  }
  const account = existing ?? (await makeFirstAccount(database, clock));
  const password = randomBytes(18).toString('base64url');
  const { certificate, pkcs12 } = await makeSubmissionCertificate(
    options.keyMaterial,
    dataDirectory,
    account.legal_name,
    password,
    clock,
  );
  const submissionCertificate = join(dataDirectory, 'submission.p12');
  await writeFileWhole(submissionCertificate, pkcs12);
  const secret = await database.transaction().execute(async (transaction) => {
    const accountId = account.id;
    await registerSubmissionCertificate(transaction, { accountId, certificate, registeredBy: 'service' }, clock);
    const added = await addClientSecret(
      transaction,
      {
        clientId: account.client_id,
        expiresAt: new Date(clock().getTime() + SECRET_LIFETIME_MS),
        description: SECRET_DESCRIPTION,
      },
      clock,
    );
    const changes = [
      { action: 'certificate.register', entity: `certificates/${certificate.thumbprint}` },
      { action: 'application.secret.add', entity: `applications/${account.client_id}`, details: { id: added.id } },
    ];
    for (const change of changes) await appendAudit(transaction, SERVICE, { accountId, ...change }, clock);
    return added.secret;
  });
  await writeCredentials(credentialsFile, {
    url,
    authority: url,
    tenantId: account.tenant_id,
    clientId: account.client_id,
    clientSecret: secret,
    sellerId: String(account.id),
    submissionCertificate,
    submissionCertificatePassword: password,
  });
  return { credentialsFile, created: existing === undefined };
}

/**
 * Whether the application can have another secret. Where it has as many as it may, the oldest of those that were made for
 * a credentials file goes: nobody can read that file any more. The operator's own are left alone.
 */
async function makeRoomForSecret(database: Database, clientId: string, clock: Clock): Promise<boolean> {
  const now = clock().toISOString();
  const working = (await listClientSecrets(database, clientId)).filter(({ expires_at }) => expires_at > now);
  if (working.length < MAXIMUM_SECRETS) return true;
  const ours = working.find(({ description }) => description === SECRET_DESCRIPTION);
  return ours !== undefined && (await removeClientSecret(database, clientId, ours.id));
}

async function makeFirstAccount(
  database: Database,
  clock: Clock,
): Promise<{ client_id: string; id: bigint; tenant_id: string; legal_name: string }> {
  const { account, application } = await database.transaction().execute(async (transaction) => {
    const account = await createAccount(transaction, { ...FIRST_ACCOUNT, tenantId: randomUUID() }, clock);
    const accountId = account.id;
    const roles = ['Manager'] as const;
    const application = await createApplication(transaction, { accountId, name: 'Default application', roles }, clock);
    const changes = [
      { action: 'account.create', entity: `accounts/${accountId}` },
      { action: 'application.create', entity: `applications/${application.client_id}`, details: { roles } },
    ];
    for (const change of changes) await appendAudit(transaction, SERVICE, { accountId, ...change }, clock);
    return { account, application };
  });
  return {
    client_id: application.client_id,
    id: account.id,
    tenant_id: account.tenant_id,
    legal_name: account.legal_name,
  };
}

async function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  await writeFileWhole(file, `${JSON.stringify(credentials, undefined, 2)}\n`);
}
