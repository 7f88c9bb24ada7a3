// Where the service is and who we are to it. Two things are decided, each as a whole so that half of one set is never
// mixed with half of another: the identity (tenant, client, secret) and the endpoints (URL, authority).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT } from './exit-codes.ts';

/** Options that every command that talks to the service has. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly authority?: string;
  readonly tenant?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly credentials?: string;
  readonly data?: string;
}

export interface Connection {
  readonly url: string;
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** In words, for messages: where the identity and the endpoints came from. */
  readonly identitySource: string;
  readonly endpointSource: string;
}

/** The parts of credentials.json that the command line uses. */
export interface CredentialsFile {
  readonly path: string;
  readonly url: string | undefined;
  readonly authority: string | undefined;
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly submissionCertificate: string | undefined;
  readonly submissionCertificatePassword: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_DATA_DIRECTORY = '.assay';

const MICROSOFT = { url: 'https://manage.devcenter.microsoft.com', authority: 'https://login.microsoftonline.com' };

const NO_CREDENTIALS =
  'Start "assay serve" here (it writes .assay/credentials.json), pass --credentials FILE or --data DIR, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';

/** Where credentials are looked for, given the options. */
export function credentialsPath(options: ConnectionOptions): string {
  return options.credentials ?? join(options.data ?? DEFAULT_DATA_DIRECTORY, 'credentials.json');
}

/** Reads a credentials file; undefined when there is none. Throws CommandError when it is not such a file. */
export async function readCredentialsFile(path: string): Promise<CredentialsFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    content = undefined;
  }
  if (typeof content !== 'object' || content === null) {
    throw new CommandError(EXIT.usage, `${path} is not a credentials file: it holds no JSON object.`);
  }
  const fields = content as Readonly<Record<string, unknown>>;
  const field = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : undefined);
  return {
    path,
    url: field('url'),
    authority: field('authority'),
    tenantId: field('tenantId'),
    clientId: field('clientId'),
    clientSecret: field('clientSecret'),
    submissionCertificate: field('submissionCertificate'),
    submissionCertificatePassword: field('submissionCertificatePassword'),
  };
}

interface Identity {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly identitySource: string;
}

/** An identity when all three parts are there; an error when only some are. */
function completeIdentity(
  source: string,
  parts: readonly [name: string, value: string | undefined][],
): Identity | undefined {
  const missing = parts.filter(([, value]) => value === undefined || value === '').map(([name]) => name);
  if (missing.length === parts.length) return undefined;
  if (missing.length > 0) {
    throw new CommandError(
      EXIT.authentication,
      `The credentials from ${source} are not complete: ${missing.join(', ')} missing.`,
    );
  }
  const [tenantId = '', clientId = '', clientSecret = ''] = parts.map(([, value]) => value);
  return { tenantId, clientId, clientSecret, identitySource: source };
}

function environmentIdentity(environment: Environment): Identity | undefined {
  const names = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'] as const;
  return completeIdentity(
    'AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
    names.map((name) => [name, environment[name]]),
  );
}

function fileIdentity(file: CredentialsFile | undefined): Identity | undefined {
  if (file === undefined) return undefined;
  const { tenantId, clientId, clientSecret } = file;
  return completeIdentity(file.path, [
    ['tenantId', tenantId],
    ['clientId', clientId],
    ['clientSecret', clientSecret],
  ]);
}

function requireHttpUrl(text: string, name: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(EXIT.usage, `${name} is not a URL that begins with http:// or https://: ${text}`);
  }
  return text.replace(/\/+$/, '');
}

/**
 * Settles the connection. Single flags override what the environment gives, and that overrides the credentials file; a file
 * named with --credentials or --data counts before the environment. Without any of them the endpoints are Microsoft's.
 */
export async function resolveConnection(options: ConnectionOptions, environment: Environment): Promise<Connection> {
  const path = credentialsPath(options);
  const named = options.credentials !== undefined || options.data !== undefined;
  const file = await readCredentialsFile(path);
  if (file === undefined && named) {
    throw new CommandError(
      EXIT.authentication,
      `There is no credentials file at ${path}.`,
      'Start "assay serve" with the same --data first.',
    );
  }
  const secretFromFlag =
    options.clientSecretFile === undefined ? undefined : (await readFile(options.clientSecretFile, 'utf8')).trim();
  const base = named
    ? (fileIdentity(file) ?? environmentIdentity(environment))
    : (environmentIdentity(environment) ?? fileIdentity(file));
  const flagged = [options.tenant, options.clientId, secretFromFlag].some((part) => part !== undefined);
  const identity = flagged
    ? completeIdentity(base === undefined ? 'the flags' : `the flags and ${base.identitySource}`, [
        ['--tenant', options.tenant ?? base?.tenantId],
        ['--client-id', options.clientId ?? base?.clientId],
        ['--client-secret-file', secretFromFlag ?? base?.clientSecret],
      ])
    : base;
  if (identity === undefined) throw new CommandError(EXIT.authentication, 'No credentials were found.', NO_CREDENTIALS);

  const sources = named ? [file?.url, environment.ASSAY_URL] : [environment.ASSAY_URL, file?.url];
  const baseUrl = sources.find((url) => url !== undefined && url !== '');
  const url = options.url ?? baseUrl ?? MICROSOFT.url;
  const endpointSource =
    options.url !== undefined
      ? '--url'
      : baseUrl === undefined
        ? 'the default, Microsoft'
        : baseUrl === file?.url
          ? path
          : 'ASSAY_URL';
  // An authority belongs to a URL: that of the file is used only with the file's own service.
  const fileAuthority = url === file?.url ? file.authority : undefined;
  const environmentAuthority = environment.AZURE_AUTHORITY_HOST || undefined;
  const baseAuthority = named ? (fileAuthority ?? environmentAuthority) : (environmentAuthority ?? fileAuthority);
  const fallback = url === MICROSOFT.url ? MICROSOFT.authority : url;
  return {
    ...identity,
    url: requireHttpUrl(url, 'The service URL'),
    authority: requireHttpUrl(options.authority ?? baseAuthority ?? fallback, 'The authority'),
    endpointSource,
  };
}
