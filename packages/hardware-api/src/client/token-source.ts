// Where access tokens come from: the client-credentials grant (RFC 6749 §4.4) at the Entra-shaped v2.0 endpoint with a
// secret or an assertion (RFC 7523), or any credential of @azure/identity. Tokens are kept until shortly before they expire.
import { readJsonAnswer } from './answers.ts';
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError, NO_ANSWER } from './hardware-api-error.ts';
import { DEFAULT_RETRY_POLICY, type OnRetry, type RetryPolicy, withRetries } from './retry.ts';

/** The scope of the real service; Assay's own issuer knows it too. */
export const HARDWARE_SCOPE = 'https://manage.devcenter.microsoft.com/.default';

export interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
}

/** The part of `GetTokenOptions` (@azure/core-auth) that is looked at here. */
export interface TokenRequestOptions {
  readonly abortSignal?: AbortSignal;
}

/** A source of tokens, of the shape of `TokenCredential` in @azure/core-auth: either can be given for the other. */
export interface TokenCredential {
  getToken(scopes: string | string[], options?: TokenRequestOptions): Promise<AccessToken | null>;
}

/** Which application asks, and where. */
export interface ClientIdentity {
  /** The authority host without the tenant, for example https://login.microsoftonline.com. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
}

export interface ClientCredentials extends ClientIdentity {
  readonly clientSecret: string;
}

/** Makes a JWT that proves the application; `audience` is the address of the token endpoint. Each is used once. */
export type GetAssertion = (audience: string) => Promise<string>;

export interface ClientAssertionCredentials extends ClientIdentity {
  readonly getAssertion: GetAssertion;
}

export interface ClientCredentialOptions {
  readonly fetch?: Fetch | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly onRetry?: OnRetry | undefined;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
}

/** A new token is fetched this long before the old one expires. */
const RENEWAL_MS = 5 * 60 * 1000;
const REQUEST_TIMEOUT_MS = 60_000;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Asks the token endpoint; `proof` makes what proves the application, anew for each try. */
function endpointCredential(
  { authority, tenantId, clientId }: ClientIdentity,
  proof: (audience: string) => Promise<Readonly<Record<string, string>>>,
  options: ClientCredentialOptions,
): TokenCredential {
  const url = `${authority.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  return {
    async getToken(scopes, { abortSignal: signal } = {}) {
      const scope = Array.isArray(scopes) ? scopes.join(' ') : scopes;
      const ask = async (): Promise<{ readonly status: number; readonly answer: unknown }> => {
        const form = { grant_type: 'client_credentials', client_id: clientId, ...(await proof(url)), scope };
        const init = {
          method: 'POST',
          headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams(form).toString(),
        };
        const response = await exchange(url, init, {
          fetch: options.fetch ?? fetch,
          timeoutMs: REQUEST_TIMEOUT_MS,
          onExchange: options.onExchange,
          signal,
        });
        const text = await response.text().catch((cause: unknown) => {
          signal?.throwIfAborted();
          const message = `The answer of the token endpoint at ${new URL(url).origin} broke off.`;
          throw new HardwareApiError({ status: 0, code: NO_ANSWER, message, cause });
        });
        return { status: response.status, answer: readJsonAnswer(text, `POST ${new URL(url).origin}`) };
      };
      const { status, answer } = await withRetries(ask, {
        policy: options.retry ?? DEFAULT_RETRY_POLICY,
        what: 'access token',
        onRetry: options.onRetry,
        signal,
      });
      const body = (answer ?? {}) as { readonly access_token?: unknown; readonly expires_in?: unknown };
      // Relative, so that it does not matter whether the clocks agree.
      const seconds = Number(body.expires_in);
      if (typeof body.access_token !== 'string' || !Number.isFinite(seconds)) {
        throw new HardwareApiError({
          status,
          code: 'invalidTokenResponse',
          message: `The token endpoint at ${new URL(url).origin} answered without access_token and expires_in.`,
        });
      }
      return { token: body.access_token, expiresOnTimestamp: Date.now() + seconds * 1000 };
    },
  };
}

/** A credential that asks the token endpoint with a client secret. Each call of getToken asks anew. */
export function clientSecretCredential(
  { clientSecret, ...identity }: ClientCredentials,
  options: ClientCredentialOptions = {},
): TokenCredential {
  return endpointCredential(identity, async () => ({ client_secret: clientSecret }), options);
}

/**
 * A credential that asks the token endpoint with a client assertion: one of `certificateAssertion`, or the token that a CI
 * system or another issuer gives for a federated identity. Each call of getToken asks anew.
 */
export function clientAssertionCredential(
  { getAssertion, ...identity }: ClientAssertionCredentials,
  options: ClientCredentialOptions = {},
): TokenCredential {
  const proof = async (audience: string) => ({
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await getAssertion(audience),
  });
  return endpointCredential(identity, proof, options);
}

/** Gives tokens and keeps the current one. */
export interface TokenSource {
  /** The current token; `refused` is one that the service did not accept, which is then not given again. */
  get(refused?: string): Promise<string>;
}

/** Keeps the tokens of a credential; callers at the same moment share one request. */
export function createTokenSource(
  credential: TokenCredential,
  scope: string = HARDWARE_SCOPE,
  signal?: AbortSignal,
): TokenSource {
  let current: AccessToken | undefined;
  let pending: Promise<AccessToken> | undefined;

  async function renew(): Promise<AccessToken> {
    const token = await credential.getToken(scope, signal === undefined ? {} : { abortSignal: signal });
    if (token === null) {
      throw new HardwareApiError({ status: 401, code: 'noToken', message: 'The credential gave no access token.' });
    }
    current = token;
    return token;
  }

  return {
    async get(refused) {
      if (current !== undefined && current.token !== refused && Date.now() < current.expiresOnTimestamp - RENEWAL_MS) {
        return current.token;
      }
      pending ??= renew().finally(() => {
        pending = undefined;
      });
      return (await pending).token;
    },
  };
}
