// How long the answer 404 takes for ids of another account, beside ids that never existed. The queries are the same by
// construction (test/openapi/matrix.test.ts holds that); this shows what is left on the clock.
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { clientSecretCredential } from '@assay/hardware-api';
import { addClientSecret, createAccount, createApplication } from '../packages/server/src/store/accounts.ts';
import { openDatabase } from '../packages/server/src/store/database.ts';
import { createSubmission, type Service } from './service.ts';
import { median, printTable } from './statistics.ts';

const SCOPE = 'https://manage.devcenter.microsoft.com/.default';
const WARM_UP_REQUESTS = 200;

/** Another account's `Authorization` header. */
async function authorizeStranger(service: Service, dataDirectory: string): Promise<string> {
  const clock = (): Date => new Date();
  const database = await openDatabase({ file: join(dataDirectory, 'assay.db') });
  try {
    const account = await createAccount(database, { name: 'Stranger' }, clock);
    const wish = { accountId: account.id, name: 'CI', roles: ['Manager'] as const };
    const { client_id: clientId } = await createApplication(database, wish, clock);
    const { secret: clientSecret } = await addClientSecret(database, { clientId }, clock);
    const tenantId = account.tenant_id;
    const token = await clientSecretCredential({ ...service.credentials, tenantId, clientId, clientSecret }).getToken(
      SCOPE,
    );
    if (!token) throw new Error('The service gave no token.');
    return `Bearer ${token.token}`;
  } finally {
    await database.destroy();
  }
}

/** Microseconds until the whole answer is there. Throws Error unless it is 404. */
function timeOf(url: string, agent: Agent, authorization: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    get(url, { agent, headers: { authorization } }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        const elapsed = (performance.now() - start) * 1000;
        if (response.statusCode === 404) resolve(elapsed);
        else reject(new Error(`${url} answered ${response.statusCode}.`));
      });
    }).on('error', reject);
  });
}

/** Every id is asked for once only, so that nothing is remembered of it; the two kinds take turns, one request at a time. */
export async function benchTenantTiming(
  service: Service,
  size: { submissions: number; rounds: number },
  dataDirectory: string,
): Promise<void> {
  const pathOf = (productId: bigint, id: bigint): string =>
    `${service.url}/v2.0/my/hardware/products/${productId}/submissions/${id}`;
  const foreign: string[] = [];
  const absent: string[] = [];
  for (let index = 0; index < size.submissions; index += 1) {
    const { productId, id } = await createSubmission(service.client);
    foreign.push(pathOf(BigInt(productId), BigInt(id)));
    absent.push(pathOf(BigInt(productId) + 1n, BigInt(id) + 1n));
  }
  const authorization = await authorizeStranger(service, dataDirectory);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = 0; index < WARM_UP_REQUESTS; index += 1) {
    await timeOf(pathOf(1n, BigInt(index) + 1n), agent, authorization);
  }
  const times = { foreign: [] as number[], absent: [] as number[] };
  for (let index = 0; index < size.submissions; index += 1) {
    const turn = [
      async () => times.foreign.push(await timeOf(foreign[index] ?? '', agent, authorization)),
      async () => times.absent.push(await timeOf(absent[index] ?? '', agent, authorization)),
    ];
    for (const take of index % 2 === 0 ? turn : turn.reverse()) await take();
  }
  agent.destroy();
  const perRound = Math.ceil(size.submissions / size.rounds);
  const rounds = (values: readonly number[]): number[] =>
    Array.from({ length: size.rounds }, (_, round) => median(values.slice(round * perRound, (round + 1) * perRound)));
  printTable(
    'Another account’s ids',
    `${size.submissions} GETs of a submission that is not the caller’s, each answered 404, in turns with as many of ids that never existed; medians of ${size.rounds} rounds.`,
    [
      { name: 'ids of another account', unit: 'µs', rounds: rounds(times.foreign) },
      { name: 'ids that never existed', unit: 'µs', rounds: rounds(times.absent) },
    ],
  );
}
