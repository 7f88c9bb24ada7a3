// What the token endpoints take and answer, for the OpenAPI document and for serialising: RFC 6749 §4.4 and §5 with what
// Microsoft Entra ID adds. The version 1 endpoint writes its numbers as strings of digits.
import { Type } from 'typebox';
import type { TokenVersion } from '../identity/index.ts';

const RESOURCE = 'https://manage.devcenter.microsoft.com';

const credential = {
  grant_type: Type.Unsafe<string>({ type: 'string', enum: ['client_credentials'] }),
  client_id: Type.String(),
  client_secret: Type.Optional(Type.String()),
  client_assertion_type: Type.Optional(
    Type.Unsafe<string>({ type: 'string', enum: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'] }),
  ),
  client_assertion: Type.Optional(
    Type.String({ description: 'A JWT signed with the key of a certificate of the application, instead of a secret.' }),
  ),
};

/** The form of a token request, by endpoint. */
export const TokenRequest = {
  v1: Type.Object({ ...credential, resource: Type.String({ default: RESOURCE }) }),
  v2: Type.Object({ ...credential, scope: Type.String({ default: `${RESOURCE}/.default` }) }),
} as const satisfies Record<TokenVersion, unknown>;

const digits = Type.String({ pattern: '^[0-9]+$' });

/** A token, by endpoint. */
export const TokenAnswer = {
  v1: Type.Object({
    token_type: Type.String(),
    expires_in: digits,
    ext_expires_in: digits,
    expires_on: digits,
    not_before: digits,
    resource: Type.String(),
    access_token: Type.String(),
  }),
  v2: Type.Object({
    token_type: Type.String(),
    expires_in: Type.Integer(),
    ext_expires_in: Type.Integer(),
    access_token: Type.String(),
  }),
} as const satisfies Record<TokenVersion, unknown>;

/** An OAuth error in Entra's shape. */
export const TokenFailure = Type.Object({
  error: Type.String(),
  error_description: Type.String({ description: 'Begins with the AADSTS number.' }),
  error_codes: Type.Array(Type.Integer()),
  timestamp: Type.String(),
  trace_id: Type.String(),
  correlation_id: Type.String(),
});

/** OpenID Connect Discovery 1.0 §3, and what MSAL reads besides. */
export const OpenIdConfiguration = Type.Object(
  {
    issuer: Type.String(),
    token_endpoint: Type.String(),
    authorization_endpoint: Type.String(),
    jwks_uri: Type.String(),
  },
  { additionalProperties: true },
);
