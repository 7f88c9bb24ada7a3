// The places an identity can come from: environment variables, a profile, a credentials file. Each gives a whole identity or
// none; some of its parts without the others are an error that names what is missing.
import { readFile } from 'node:fs/promises';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { Environment, Profile } from './config-file.ts';
import { type Credential, type Identity, readTokenClaims } from './credential.ts';

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

export interface IdentityParts {
  readonly source: string;
  /** Each with the name under which it is asked for when it is missing. */
  readonly tenant: readonly [name: string, value: string | undefined];
  readonly client: readonly [name: string, value: string | undefined];
  readonly credential: readonly [name: string, value: Credential | undefined];
  readonly remedy?: string;
}

/** Parts that the command line gives: they take the place of what a source has, and need not be there. */
export interface GivenParts {
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly credential?: Credential | undefined;
}

/** What the parts lack that is not given, and whether they have nothing of it. */
function lackOf(parts: IdentityParts, given: GivenParts): { readonly missing: string[]; readonly isEmpty: boolean } {
  const { tenant, client, credential } = parts;
  const wanted = [
    ...(given.tenantId === undefined ? [tenant] : []),
    ...(given.clientId === undefined ? [client] : []),
    ...(given.credential === undefined ? [credential] : []),
  ];
  const missing = wanted.filter(([, value]) => value === undefined || value === '').map(([name]) => name);
  return { missing, isEmpty: missing.length > 0 && missing.length === wanted.length };
}

/**
 * An identity when all its parts are there or given, undefined when none is there. Throws CommandError when only some are.
 */
export function completeIdentity(parts: IdentityParts, given: GivenParts = {}): Identity | undefined {
  const { missing, isEmpty } = lackOf(parts, given);
  const credential = given.credential ?? parts.credential[1];
  if (missing.length === 0 && credential !== undefined) {
    return {
      tenantId: given.tenantId ?? parts.tenant[1],
      clientId: given.clientId ?? parts.client[1],
      credential,
      identitySource: parts.source,
    };
  }
  if (isEmpty) return undefined;
  throw new CommandError(
    EXIT.authentication,
    `The credentials from ${parts.source} are not complete: ${missing.join(', ')} missing.`,
    parts.remedy,
  );
}

export function clientSecret(secret: string | undefined): Credential | undefined {
  return secret === undefined || secret === '' ? undefined : { kind: 'client-secret', clientSecret: secret };
}

/** The credential of the AZURE_ variables and the variables it is in: in the order of Azure's own libraries. */
function azureCredential(environment: Environment): readonly [name: string, value: Credential | undefined] {
  const secret = clientSecret(environment.AZURE_CLIENT_SECRET);
  if (secret !== undefined) return ['AZURE_CLIENT_SECRET', secret];
  const certificate = environment.AZURE_CLIENT_CERTIFICATE_PATH;
  if (certificate) {
    const password = environment.AZURE_CLIENT_CERTIFICATE_PASSWORD;
    return ['AZURE_CLIENT_CERTIFICATE_PATH', { kind: 'certificate', path: certificate, password }];
  }
  const federated = environment.AZURE_FEDERATED_TOKEN_FILE;
  if (federated) return ['AZURE_FEDERATED_TOKEN_FILE', { kind: 'federated-token-file', path: federated }];
  const { ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken } = environment;
  // GitHub sets these for every job that may ask; they alone are no wish to sign in.
  if (requestUrl && requestToken && environment.AZURE_TENANT_ID && environment.AZURE_CLIENT_ID) {
    return ["GitHub's OpenID provider", { kind: 'github-oidc', requestUrl, requestToken }];
  }
  return ['AZURE_CLIENT_SECRET', undefined];
}

function azureParts(environment: Environment): IdentityParts {
  const credential = azureCredential(environment);
  return {
    source: `AZURE_TENANT_ID, AZURE_CLIENT_ID and ${credential[0]}`,
    tenant: ['AZURE_TENANT_ID', environment.AZURE_TENANT_ID],
    client: ['AZURE_CLIENT_ID', environment.AZURE_CLIENT_ID],
    credential,
    remedy:
      'Instead of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE will do. "assay env" shows what is set.',
  };
}

function sdcmParts(environment: Environment): IdentityParts {
  return {
    source: 'SDCM_CREDS_TENANTID, SDCM_CREDS_CLIENTID and SDCM_CREDS_KEY',
    tenant: ['SDCM_CREDS_TENANTID', environment.SDCM_CREDS_TENANTID],
    client: ['SDCM_CREDS_CLIENTID', environment.SDCM_CREDS_CLIENTID],
    credential: ['SDCM_CREDS_KEY', clientSecret(environment.SDCM_CREDS_KEY)],
  };
}

/** The identity of a ready access token, as far as the token tells it. */
function tokenIdentity(token: string): Identity {
  const { tenantId, clientId } = readTokenClaims(token);
  return { tenantId, clientId, credential: { kind: 'access-token', token }, identitySource: 'ASSAY_ACCESS_TOKEN' };
}

/**
 * The identity of the environment: a ready token, else the AZURE_ variables, else SDCM's, whichever is complete. Throws
 * CommandError when none is and one is begun.
 */
export function environmentIdentity(environment: Environment, given: GivenParts): Identity | undefined {
  // A ready token has no parts that others could replace.
  const takeToken = Object.values(given).every((part) => part === undefined);
  if (takeToken && environment.ASSAY_ACCESS_TOKEN) return tokenIdentity(environment.ASSAY_ACCESS_TOKEN);
  const sets = [azureParts(environment), sdcmParts(environment)];
  const chosen =
    sets.find((parts) => lackOf(parts, given).missing.length === 0) ??
    sets.find((parts) => !lackOf(parts, given).isEmpty);
  return chosen === undefined ? undefined : completeIdentity(chosen, given);
}

/** The identity in a credentials file, as `assay serve` writes it. */
export function fileIdentity(file: CredentialsFile | undefined, given: GivenParts): Identity | undefined {
  if (file === undefined) return undefined;
  const parts: IdentityParts = {
    source: file.path,
    tenant: ['tenantId', file.tenantId],
    client: ['clientId', file.clientId],
    credential: ['clientSecret', clientSecret(file.clientSecret)],
  };
  return completeIdentity(parts, given);
}

/** The text of a file that holds one secret, without the line break that editors put at its end. `-` is standard input. */
export async function readSecretFile(path: string): Promise<string> {
  if (path !== '-') return (await readFile(path, 'utf8')).trim();
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  return text.trim();
}

function variable(environment: Environment, name: string, profile: string): string {
  const value = environment[name];
  if (value) return value;
  throw new CommandError(
    EXIT.authentication,
    `Profile ${profile} takes a secret from the variable ${name}, which is not set.`,
    `Set ${name}, or give the profile another credential: assay config set --profile ${profile} --secret-file FILE`,
  );
}

async function profileCredential(
  name: string,
  profile: Profile,
  environment: Environment,
): Promise<Credential | undefined> {
  if (profile.clientSecret !== undefined) return clientSecret(profile.clientSecret);
  if (profile.clientSecretFile !== undefined) return clientSecret(await readSecretFile(profile.clientSecretFile));
  if (profile.clientSecretVariable !== undefined) {
    return clientSecret(variable(environment, profile.clientSecretVariable, name));
  }
  if (profile.federatedTokenFile !== undefined) {
    return { kind: 'federated-token-file', path: profile.federatedTokenFile };
  }
  const { clientCertificateFile: path, clientCertificatePasswordFile, clientCertificatePasswordVariable } = profile;
  if (path === undefined) return undefined;
  const password =
    clientCertificatePasswordFile !== undefined
      ? await readSecretFile(clientCertificatePasswordFile)
      : clientCertificatePasswordVariable !== undefined
        ? variable(environment, clientCertificatePasswordVariable, name)
        : undefined;
  return { kind: 'certificate', path, password };
}

/** The identity that a profile stores; undefined when it stores none. */
export async function profileIdentity(
  name: string,
  profile: Profile,
  { environment, given }: { readonly environment: Environment; readonly given: GivenParts },
): Promise<Identity | undefined> {
  // A secret that is not needed may be out of reach.
  const credential = given.credential === undefined ? await profileCredential(name, profile, environment) : undefined;
  const parts: IdentityParts = {
    source: `profile ${name}`,
    tenant: ['tenantId', profile.tenantId],
    client: ['clientId', profile.clientId],
    credential: ['a credential', credential],
    remedy: `Run: assay config set --profile ${name} tenantId=… clientId=… --secret-file FILE`,
  };
  return completeIdentity(parts, given);
}
