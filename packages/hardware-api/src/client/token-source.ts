// Where access tokens come from: the client-credentials grant (RFC 6749 §4.4) at the Entra-shaped v2.0 endpoint, or
// anything with a getToken() as the @azure/identity credentials have it. Tokens are kept until shortly before they expire.
import { parseJson } from '../json.ts';
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError } from './hardware-api-error.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy, withRetries } from './retry.ts';

/** The scope of the real service; Assay's own issuer knows it too. */
export const HARDWARE_SCOPE = 'https://manage.devcenter.microsoft.com/.default';

export interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
}

/** The part of `TokenCredential` (@azure/core-auth) that the client needs. */
export interface TokenCredential {
  getToken(scope: string): Promise<AccessToken | null>;
}

export interface ClientCredentials {
  /** The authority host without the tenant, for example https://login.microsoftonline.com. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ClientCredentialOptions {
  readonly fetch?: Fetch | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
}

/** A new token is fetched this long before the old one expires. */
const RENEWAL_MS = 5 * 60 * 1000;
const REQUEST_TIMEOUT_MS = 60_000;

/** A credential that asks the token endpoint with a client secret. Each call of getToken asks anew. */
export function clientSecretCredential(
  credentials: ClientCredentials,
  options: ClientCredentialOptions = {},
): TokenCredential {
  const { authority, tenantId, clientId, clientSecret } = credentials;
  const url = `${authority.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  return {
    async getToken(scope) {
      const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
      const init = {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      };
      const response = await withRetries(
        () =>
          exchange(url, init, {
            fetch: options.fetch ?? fetch,
            timeoutMs: REQUEST_TIMEOUT_MS,
            onExchange: options.onExchange,
          }),
        { policy: options.retry ?? DEFAULT_RETRY_POLICY },
      );
      const body = parseJson(await response.text()) as { access_token?: unknown; expires_in?: unknown };
      const seconds = Number(body.expires_in);
      if (typeof body.access_token !== 'string' || !Number.isFinite(seconds)) {
        throw new HardwareApiError({
          status: response.status,
          code: 'invalidTokenResponse',
          message: `The token endpoint at ${new URL(url).origin} answered without access_token and expires_in.`,
        });
      }
      return { token: body.access_token, expiresOnTimestamp: Date.now() + seconds * 1000 };
    },
  };
}

/** Gives tokens and keeps the current one. */
export interface TokenSource {
  /** The current token; `refused` is one that the service did not accept, which is then not given again. */
  get(refused?: string): Promise<string>;
}

/** Keeps the tokens of a credential; callers at the same moment share one request. */
export function createTokenSource(credential: TokenCredential, scope: string = HARDWARE_SCOPE): TokenSource {
  let current: AccessToken | undefined;
  let pending: Promise<AccessToken> | undefined;

  async function renew(): Promise<AccessToken> {
    const token = await credential.getToken(scope);
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
