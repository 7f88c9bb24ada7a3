// The credential of a connection as the SDK takes it: something that gives access tokens.
import { readFile } from 'node:fs/promises';
import {
  type AccessToken,
  type ClientCredentialOptions,
  certificateAssertion,
  clientAssertionCredential,
  clientSecretCredential,
  type Fetch,
  type GetAssertion,
  type TokenCredential,
} from '@assay/hardware-api';
import { CommandError, EXIT } from '../exit-codes.ts';
import { type Credential, type Identity, readTokenClaims } from './credential.ts';

/** The audience that Entra ID asks of assertions of other authorities (workload identity federation). */
export const FEDERATION_AUDIENCE = 'api://AzureADTokenExchange';

const GITHUB_TIMEOUT_MS = 30_000;

/** Asks the OpenID provider of GitHub Actions for an assertion about this job. */
async function askGitHub(
  { requestUrl, requestToken }: Extract<Credential, { kind: 'github-oidc' }>,
  send: Fetch,
): Promise<string> {
  const url = new URL(requestUrl);
  url.searchParams.set('audience', FEDERATION_AUDIENCE);
  const failed = (reason: string): CommandError =>
    new CommandError(
      EXIT.authentication,
      `GitHub's OpenID provider gave no token: ${reason}.`,
      'The job needs the permission "id-token: write".',
    );
  const headers = { authorization: `Bearer ${requestToken}`, accept: 'application/json' };
  const init = { headers, signal: AbortSignal.timeout(GITHUB_TIMEOUT_MS), redirect: 'error' as const };
  const response = await send(url.href, init).catch((error: unknown) => {
    throw failed(error instanceof Error ? error.message : String(error));
  });
  if (!response.ok) throw failed(`HTTP ${response.status}`);
  const body = (await response.json().catch(() => undefined)) as { value?: unknown } | undefined;
  if (typeof body?.value !== 'string') throw failed('the answer has no "value"');
  return body.value;
}

type AssertedCredential = Exclude<Credential, { kind: 'client-secret' | 'access-token' }>;

/** Makes a new assertion of the application for each token request. */
function assertionOf(credential: AssertedCredential, clientId: string, send: Fetch): GetAssertion {
  switch (credential.kind) {
    case 'certificate':
      return async (audience) => {
        const { readAssertionKey } = await import('./assertion-key.ts');
        const key = await readAssertionKey(credential.path, credential.password);
        return certificateAssertion({ clientId, ...key })(audience);
      };
    case 'federated-token-file':
      // Read each time: whoever wrote it writes it anew before it expires.
      return async () => (await readFile(credential.path, 'utf8')).trim();
    case 'github-oidc':
      return () => askGitHub(credential, send);
  }
}

/** A token that is there already. When it says no end, it is used until the service refuses it. */
function readyToken(token: string): TokenCredential {
  const ready: AccessToken = {
    token,
    expiresOnTimestamp: readTokenClaims(token).expiresAt?.getTime() ?? Number.MAX_SAFE_INTEGER,
  };
  return {
    getToken: async () => {
      if (ready.expiresOnTimestamp > Date.now()) return ready;
      const ended = new Date(ready.expiresOnTimestamp).toISOString();
      throw new CommandError(
        EXIT.authentication,
        `The token in ASSAY_ACCESS_TOKEN ended at ${ended}.`,
        'Get a new one.',
      );
    },
  };
}

/** Makes the credential. Files are read and assertions are made when a token is asked for. */
export function createServiceCredential(
  connection: Identity & { readonly authority: string },
  options: ClientCredentialOptions = {},
): TokenCredential {
  const { authority, tenantId = '', clientId = '', credential } = connection;
  if (credential.kind === 'access-token') return readyToken(credential.token);
  const identity = { authority, tenantId, clientId };
  return credential.kind === 'client-secret'
    ? clientSecretCredential({ ...identity, clientSecret: credential.clientSecret }, options)
    : clientAssertionCredential(
        { ...identity, getAssertion: assertionOf(credential, clientId, options.fetch ?? fetch) },
        options,
      );
}
