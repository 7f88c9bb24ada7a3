// Where the service is and who we are to it. Two things are decided, each as a whole so that half of one set is never
// mixed with half of another: the identity (tenant, client, credential) and the endpoints (URL, authority). Both are taken
// from the first of these that has them:
//
//   1. what the command line names: --profile NAME, or a credentials file by --credentials or --data
//   2. the environment: ASSAY_ACCESS_TOKEN, AZURE_…, SDCM_CREDS_…; for the endpoints ASSAY_URL, SDCM_CREDS_URL
//   3. the profile of ASSAY_PROFILE, else that of `assay config use`
//   4. without such a profile, .assay/credentials.json
//   5. for the endpoints alone: Microsoft
//
// Single flags (--url, --tenant, …) replace single parts of what was found.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, EXIT } from './exit-codes.ts';
import {
  configPath,
  type Environment,
  findProfile,
  MICROSOFT,
  type Profile,
  readConfigFile,
} from './profiles/config-file.ts';
import type { Credential, Identity } from './profiles/credential.ts';
import {
  type CredentialsFile,
  clientSecret,
  environmentIdentity,
  fileIdentity,
  type GivenParts,
  profileIdentity,
  readSecretFile,
} from './profiles/identities.ts';

export type { Environment } from './profiles/config-file.ts';
export type { CredentialsFile } from './profiles/identities.ts';

/** Options that every command that talks to the service has. */
export interface ConnectionOptions {
  readonly profile?: string;
  readonly url?: string;
  readonly authority?: string;
  readonly tenant?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly clientCertificateFile?: string;
  readonly clientCertificatePasswordFile?: string;
  readonly federatedTokenFile?: string;
  readonly credentials?: string;
  readonly data?: string;
}

export interface Connection extends Identity {
  readonly url: string;
  readonly authority: string;
  /** Name of the profile, when one was named or chosen. */
  readonly profile: string | undefined;
  /** In words, for messages: where the endpoints came from. */
  readonly endpointSource: string;
}

export const DEFAULT_DATA_DIRECTORY = '.assay';

const NO_CREDENTIALS =
  'Start "assay serve" here (it writes .assay/credentials.json), pass --profile NAME, --credentials FILE or --data DIR, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.';

/** What the API is reached by below the service's root; SDCM has it in a setting of its own. */
const API_PREFIX = 'v2.0/my';

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

function requireHttpUrl(text: string, name: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(EXIT.usage, `${name} is not a URL that begins with http:// or https://: ${text}`);
  }
  return text.replace(/\/+$/, '');
}

/** What is kept somewhere under a name: a profile, or a credentials file. */
interface Stored {
  /** Whether the command line named it, so that it counts before the environment. */
  readonly named: boolean;
  readonly profile: string | undefined;
  readonly source: string;
  readonly url: string | undefined;
  readonly authority: string | undefined;
  identity(given: GivenParts): Identity | undefined | Promise<Identity | undefined>;
}

async function storedFile(options: ConnectionOptions, named: boolean, profile: string | undefined): Promise<Stored> {
  const path = credentialsPath(options);
  const file = await readCredentialsFile(path);
  if (file === undefined && named) {
    throw new CommandError(
      EXIT.authentication,
      `There is no credentials file at ${path}.`,
      'Start "assay serve" with the same --data first.',
    );
  }
  return {
    named,
    profile,
    source: path,
    url: file?.url || undefined,
    authority: file?.authority || undefined,
    identity: (given) => fileIdentity(file, given),
  };
}

/** What the options, ASSAY_PROFILE or `assay config use` choose, in this order; without any of them .assay/credentials.json. */
async function findStored(options: ConnectionOptions, environment: Environment): Promise<Stored> {
  const fileNamed = options.credentials !== undefined || options.data !== undefined;
  if (fileNamed && options.profile !== undefined && options.profile !== 'local') {
    throw new CommandError(
      EXIT.usage,
      `--profile ${options.profile} cannot be combined with --credentials or --data.`,
      'Only the profile "local" is a credentials file.',
    );
  }
  if (fileNamed || options.profile === 'local') return storedFile(options, true, options.profile);
  const path = configPath(environment);
  const config = await readConfigFile(path);
  const name = options.profile ?? (environment.ASSAY_PROFILE || config.use);
  if (name === undefined || name === 'local') return storedFile(options, false, name);
  const profile: Profile = findProfile(config, name, path);
  return {
    named: options.profile !== undefined,
    profile: name,
    source: `profile ${name}`,
    url: profile.url,
    authority: profile.authority,
    identity: (given) => profileIdentity(name, profile, { environment, given }),
  };
}

/** The credential that flags give, with the flag's name. Throws CommandError when they give two. */
async function flaggedCredential(options: ConnectionOptions): Promise<Credential | undefined> {
  const given = [
    ['--client-secret-file', options.clientSecretFile],
    ['--client-certificate-file', options.clientCertificateFile],
    ['--federated-token-file', options.federatedTokenFile],
  ].filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    throw new CommandError(EXIT.usage, `Only one of ${given.map(([flag]) => flag).join(', ')} can be given.`);
  }
  if (options.clientSecretFile !== undefined) return clientSecret(await readSecretFile(options.clientSecretFile));
  if (options.federatedTokenFile !== undefined) {
    return { kind: 'federated-token-file', path: options.federatedTokenFile };
  }
  if (options.clientCertificateFile === undefined) return undefined;
  const passwordFile = options.clientCertificatePasswordFile;
  const password = passwordFile === undefined ? undefined : await readSecretFile(passwordFile);
  return { kind: 'certificate', path: options.clientCertificateFile, password };
}

async function resolveIdentity(
  options: ConnectionOptions,
  environment: Environment,
  stored: Stored,
): Promise<Identity> {
  const given: GivenParts = {
    tenantId: options.tenant,
    clientId: options.clientId,
    credential: await flaggedCredential(options),
  };
  const flagged = Object.values(given).some((part) => part !== undefined);
  const { tenantId, clientId, credential } = given;
  if (tenantId !== undefined && clientId !== undefined && credential !== undefined) {
    return { tenantId, clientId, credential, identitySource: 'the flags' };
  }
  const base = stored.named
    ? ((await stored.identity(given)) ?? environmentIdentity(environment, given))
    : (environmentIdentity(environment, given) ?? (await stored.identity(given)));
  const identity =
    base === undefined || !flagged ? base : { ...base, identitySource: `the flags and ${base.identitySource}` };
  if (identity !== undefined) return identity;
  if (flagged) {
    const lacking = [
      options.tenant === undefined ? '--tenant' : undefined,
      options.clientId === undefined ? '--client-id' : undefined,
      credential === undefined ? '--client-secret-file' : undefined,
    ].filter((flag) => flag !== undefined);
    throw new CommandError(
      EXIT.authentication,
      `The credentials from the flags are not complete: ${lacking.join(', ')} missing.`,
    );
  }
  throw stored.profile === undefined || stored.profile === 'local'
    ? new CommandError(EXIT.authentication, 'No credentials were found.', NO_CREDENTIALS)
    : new CommandError(
        EXIT.authentication,
        `The profile ${stored.profile} has no credentials, and neither has the environment.`,
        `Run: assay config set --profile ${stored.profile} tenantId=… clientId=… --secret-file FILE\nOr set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.`,
      );
}

/** The root of the service that the environment names, and the variable that does. */
function environmentUrl(environment: Environment): { readonly url: string; readonly source: string } | undefined {
  if (environment.ASSAY_URL) return { url: environment.ASSAY_URL, source: 'ASSAY_URL' };
  if (!environment.SDCM_CREDS_URL) return undefined;
  const prefix = (environment.SDCM_CREDS_URLPREFIX ?? '').replace(/^\/+|\/+$/g, '');
  if (prefix !== '' && prefix.toLowerCase() !== API_PREFIX) {
    throw new CommandError(
      EXIT.usage,
      `SDCM_CREDS_URLPREFIX is ${prefix}, and assay speaks ${API_PREFIX} alone.`,
      `Set it to ${API_PREFIX}, or unset it.`,
    );
  }
  return { url: environment.SDCM_CREDS_URL, source: 'SDCM_CREDS_URL' };
}

function resolveEndpoints(
  options: ConnectionOptions,
  environment: Environment,
  stored: Stored,
): Pick<Connection, 'url' | 'authority' | 'endpointSource'> {
  const ofEnvironment = environmentUrl(environment);
  const ofStored = stored.url === undefined ? undefined : { url: stored.url, source: stored.source };
  const found =
    options.url !== undefined
      ? { url: options.url, source: '--url' }
      : ((stored.named ? (ofStored ?? ofEnvironment) : (ofEnvironment ?? ofStored)) ?? {
          url: MICROSOFT.url,
          source: 'the default, Microsoft',
        });
  // An authority belongs to a URL: a stored one is used only with its own service.
  const storedAuthority = found.url === stored.url ? stored.authority : undefined;
  const environmentAuthority = environment.AZURE_AUTHORITY_HOST || undefined;
  const authority = stored.named
    ? (storedAuthority ?? environmentAuthority)
    : (environmentAuthority ?? storedAuthority);
  const url = requireHttpUrl(found.url, 'The service URL');
  const fallback = url === MICROSOFT.url ? MICROSOFT.authority : url;
  return {
    url,
    authority: requireHttpUrl(options.authority ?? authority ?? fallback, 'The authority'),
    endpointSource: found.source,
  };
}

/** Settles the connection, by the order at the head of this file. Throws CommandError that says what is missing. */
export async function resolveConnection(options: ConnectionOptions, environment: Environment): Promise<Connection> {
  const stored = await findStored(options, environment);
  const identity = await resolveIdentity(options, environment, stored);
  return { ...identity, ...resolveEndpoints(options, environment, stored), profile: stored.profile };
}
