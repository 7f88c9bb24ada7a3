// Checks of the service: reachable, its clock near ours, a token to be had, and a call of the API that works with it.
import { createHardwareClient, HARDWARE_SCOPE, HardwareApiError } from '@assay/hardware-api';
import type { Connection } from '../credentials.ts';
import { CommandError } from '../exit-codes.ts';
import type { CredentialKind } from '../profiles/credential.ts';
import { createServiceCredential } from '../profiles/service-credential.ts';
import { type CheckResult, fail, ok, warn } from './check-result.ts';

const TIMEOUT_MS = 10_000;
/** Beyond this, tokens and SAS URLs are refused by some services. */
const LARGE_SKEW_S = 300;
const NOTICEABLE_SKEW_S = 30;

/** One try: a doctor should say what is wrong now. */
const ONE_TRY = { attempts: 1, baseDelayMs: 0, maximumDelayMs: 0 };

/** What to look at when a token is refused. */
const SUBJECTS: Readonly<Record<CredentialKind, string>> = {
  'client-secret': 'secret',
  certificate: 'certificate',
  'federated-token-file': 'federated token',
  'github-oidc': 'federated credential for this repository',
  'access-token': 'token',
};

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function checkClock(header: string | null, now: number): CheckResult {
  const theirs = Date.parse(header ?? '');
  if (Number.isNaN(theirs)) return warn('clock', 'the service sends no Date', 'Compare the clocks by hand.');
  // The header has whole seconds.
  const skew = Math.abs(now - theirs) / 1000;
  const detail = `${skew.toFixed(0)} s between this machine and the service`;
  if (skew > LARGE_SKEW_S)
    return fail('clock', detail, 'Set the clocks, for example by NTP: tokens and upload URLs depend on them.');
  return skew > NOTICEABLE_SKEW_S ? warn('clock', detail, 'Set the clocks, for example by NTP.') : ok('clock', detail);
}

/** Whether the service answers. Assay has /healthz; at any other service any answer will do. */
async function checkReachable(url: string): Promise<CheckResult[]> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
    await response.body?.cancel();
    const clock = checkClock(response.headers.get('date'), Date.now());
    const detail = `${url} answers with ${response.status}`;
    return response.status >= 500
      ? [fail('service', detail, 'Look at the log of the service; its database may not answer.'), clock]
      : [ok('service', detail), clock];
  } catch (error) {
    return [
      fail('service', `${url} does not answer: ${reason(error)}`, 'Start it with "assay serve", or correct the URL.'),
    ];
  }
}

function describe(error: unknown): string {
  return error instanceof HardwareApiError ? `${error.code}: ${error.message}` : reason(error);
}

/** All checks of the service, in order; later ones are left out when an earlier one makes them pointless. */
export async function checkService(connection: Connection): Promise<CheckResult[]> {
  const results = await checkReachable(connection.url);
  if (results.some(({ name, status }) => name === 'service' && status === 'fail')) return results;
  const credential = createServiceCredential(connection, { retry: ONE_TRY });
  try {
    const token = await credential.getToken(HARDWARE_SCOPE);
    const source = connection.credential.kind === 'access-token' ? connection.identitySource : connection.authority;
    const minutes = Math.round(((token?.expiresOnTimestamp ?? 0) - Date.now()) / 60_000);
    results.push(ok('token', `from ${source}, good for ${minutes} minutes`));
  } catch (error) {
    const remedy =
      (error instanceof CommandError ? error.remedy : undefined) ??
      `Check the client id and ${SUBJECTS[connection.credential.kind]} (from ${connection.identitySource}) and the authority ${connection.authority}.`;
    return [...results, fail('token', describe(error), remedy)];
  }
  try {
    const client = createHardwareClient({ url: connection.url, credential, retry: ONE_TRY });
    const { value: product } = await client.listProducts(1).next();
    results.push(ok('API', product === undefined ? 'works; no products yet' : `works; sees product ${product.id}`));
  } catch (error) {
    results.push(
      fail(
        'API',
        describe(error),
        'Check that the application belongs to the account and has the role Manager or Driver Submitter.',
      ),
    );
  }
  return results;
}
