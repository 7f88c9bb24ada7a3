// How an application proves that it is itself at the token endpoint: with one of its secrets (RFC 6749 §2.3.1), or with an
// assertion that one of its certificates signed (RFC 7523).
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ApplicationInTenant } from '../store/accounts.ts';
import { hashSecret, listClientSecrets, noteSecretUse } from '../store/client-secrets.ts';
import type { Database } from '../store/database.ts';
import { ASSERTION_TYPE, checkClientAssertion } from './client-assertion.ts';
import { EntraError } from './entra-errors.ts';
import { readParameter, requireParameter } from './token-form.ts';

export interface ClientAuthentication {
  readonly database: Database;
  readonly clock: Clock;
  readonly application: ApplicationInTenant;
  readonly form: URLSearchParams;
  /** What an assertion may name as its audience. */
  readonly audiences: readonly string[];
}

/** Throws EntraError unless the form proves that it comes from the application. */
export async function authenticateClient(request: ClientAuthentication): Promise<void> {
  const { form } = request;
  const assertion = readParameter(form, 'client_assertion');
  if (assertion === undefined && readParameter(form, 'client_assertion_type') === undefined) {
    await checkSecret(request);
    return;
  }
  if (readParameter(form, 'client_secret') !== undefined) {
    // RFC 6749 §2.3: one method of authentication in each request.
    throw new EntraError('malformedRequest', "Send either 'client_secret' or 'client_assertion', not both.");
  }
  const type = requireParameter(form, 'client_assertion_type');
  if (type !== ASSERTION_TYPE) {
    throw new EntraError('malformedRequest', `The value of 'client_assertion_type' must be ${ASSERTION_TYPE}`);
  }
  await checkClientAssertion(request, requireParameter(form, 'client_assertion'));
}

async function checkSecret({ database, clock, application, form }: ClientAuthentication): Promise<void> {
  const secret = readParameter(form, 'client_secret');
  if (secret === undefined) {
    throw new EntraError(
      'missingCredential',
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    );
  }
  const offered = Buffer.from(hashSecret(secret), 'hex');
  const matching = (await listClientSecrets(database, application.client_id)).filter(({ secret_hash }) =>
    timingSafeEqual(Buffer.from(secret_hash, 'hex'), offered),
  );
  if (matching.length === 0) {
    throw new EntraError(
      'wrongSecret',
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.client_id}'.`,
    );
  }
  const now = clock().toISOString();
  const working = matching.find(({ expires_at }) => expires_at > now);
  if (working === undefined) {
    throw new EntraError(
      'expiredSecret',
      `The provided client secret keys for app '${application.client_id}' are expired. Create new keys for the app.`,
    );
  }
  await noteSecretUse(database, working, clock);
}
