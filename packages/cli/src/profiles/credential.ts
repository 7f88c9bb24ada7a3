// The ways in which an application proves itself, and the identity that one of them belongs to. Which one a connection uses is
// decided in credentials.ts; what each does at the token endpoint is in service-credential.ts.

/** How an application proves itself. */
export type Credential =
  | { readonly kind: 'client-secret'; readonly clientSecret: string }
  /** A PEM file with certificate and key, or PKCS#12. */
  | { readonly kind: 'certificate'; readonly path: string; readonly password: string | undefined }
  /** A file that holds an assertion made by somebody else, such as a Kubernetes cluster, which renews it. */
  | { readonly kind: 'federated-token-file'; readonly path: string }
  /** The OpenID provider of GitHub Actions, asked for an assertion with the job's own token. */
  | { readonly kind: 'github-oidc'; readonly requestUrl: string; readonly requestToken: string }
  /** An access token that somebody else has fetched. */
  | { readonly kind: 'access-token'; readonly token: string };

export type CredentialKind = Credential['kind'];

export interface Identity {
  /** Undefined when an access token does not say it. */
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly credential: Credential;
  /** In words, for messages. */
  readonly identitySource: string;
}

export interface TokenClaims {
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly roles: readonly string[];
  readonly expiresAt: Date | undefined;
}

/** What an access token says of itself, without a look at its signature. Empty when it is no JWT (RFC 7519). */
export function readTokenClaims(token: string): TokenClaims {
  let claims: Readonly<Record<string, unknown>> = {};
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof payload === 'object' && payload !== null) claims = payload as typeof claims;
  } catch {
    // An opaque token is as good as any other: only the service has to read it.
  }
  const text = (name: string) => (typeof claims[name] === 'string' ? (claims[name] as string) : undefined);
  return {
    tenantId: text('tid'),
    clientId: text('appid') ?? text('azp'),
    roles: Array.isArray(claims.roles) ? claims.roles.map(String) : [],
    expiresAt: typeof claims.exp === 'number' ? new Date(claims.exp * 1000) : undefined,
  };
}

/** What could be learnt from a credential's texts: never to be shown. */
export function secretsOf(credential: Credential): readonly string[] {
  const found: readonly (string | undefined)[] = [
    credential.kind === 'client-secret' ? credential.clientSecret : undefined,
    credential.kind === 'certificate' ? credential.password : undefined,
    credential.kind === 'github-oidc' ? credential.requestToken : undefined,
    credential.kind === 'access-token' ? credential.token : undefined,
  ];
  return found.filter((secret) => secret !== undefined && secret !== '') as string[];
}
