// `assay submit` ended by SIGKILL, which nothing can be done about, at every step of its way and at random times; run again until
// it says 0, there is one product with one submission, and the signed package verifies.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientSecretCredential, createHardwareClient, type HardwareClient } from '@assay/hardware-api';
import { type RunningServer, startServer } from '@assay/server';
import { makeDriverFolder } from './driver-folder.ts';
import { type InterposedProxy, type Moment, startInterposedProxy } from './interposed-proxy.ts';
import { finish, runAssay, startAssay, temporaryDirectory } from './run-assay.ts';

/** Runs of one case at most; a case that needs more never ends. */
const MOST_RUNS = 40;

const API = '/v2.0/my/hardware/products';

/** Every request of the way, and what becomes of it when the client ends. */
const MOMENTS: readonly { readonly method: string; readonly path: RegExp; readonly moments: readonly Moment[] }[] = [
  { method: 'POST', path: new RegExp(`^${API}$`), moments: ['before', 'late'] },
  { method: 'GET', path: new RegExp(`^${API}$`), moments: ['before'] },
  { method: 'POST', path: new RegExp(`^${API}/\\d+/submissions$`), moments: ['before', 'late'] },
  { method: 'PUT', path: /^\/assaystore\//, moments: ['before', 'after'] },
  { method: 'POST', path: /\/commit$/, moments: ['before', 'late'] },
  { method: 'GET', path: /^\/assaystore\//, moments: ['before', 'after'] },
];

interface Scene {
  readonly directory: string;
  readonly server: RunningServer;
  readonly client: HardwareClient;
  readonly proxy: InterposedProxy;
}

async function setUp(context: TestContext): Promise<Scene> {
  let stop = async (): Promise<void> => undefined;
  context.after(() => stop());
  const directory = await temporaryDirectory(context);
  const server = await startServer({ dataDirectory: join(directory, '.assay'), port: 0, throwAway: true });
  stop = () => server.close();
  const credentials = JSON.parse(await readFile(server.credentialsFile, 'utf8'));
  const client = createHardwareClient({ url: server.url, credential: clientSecretCredential(credentials) });
  await makeDriverFolder(directory, 'echo');
  const { submissionCertificate, submissionCertificatePassword } = credentials;
  const key = ['--sign', submissionCertificate, '--password', submissionCertificatePassword];
  const packed = await runAssay(directory, ['pack', 'echo', '--out', 'echo.cab', ...key]);
  assert.equal(packed.code, 0, packed.stderr);
  return { directory, server, client, proxy: await startInterposedProxy(context, server.url) };
}

function submitArguments({ proxy }: Scene, name: string): string[] {
  return [
    ...['submit', 'echo.cab', '--name', name, '--signatures', 'WINDOWS_v100_X64_GE_FULL'],
    ...[
      '--out',
      `${name}.zip`,
      '--metadata',
      `${name}.metadata`,
      '--state',
      `${name}.json`,
      '--verify',
      '--trust',
      '.assay/ca.pem',
    ],
    ...['--url', proxy.url, '--settle-time', '1500ms', '--poll-interval', '100ms', '-o', 'json'],
  ];
}

/** Counts what is at the service under this name, and compares it with what the command printed. */
async function requireOne({ client, directory }: Scene, name: string, stdout: string): Promise<void> {
  const products: bigint[] = [];
  for await (const product of client.listProducts()) if (product.productName === name) products.push(product.id);
  assert.equal(products.length, 1, `${products.length} products are called ${name}`);
  const submissions: bigint[] = [];
  for await (const submission of client.listSubmissions(products[0] ?? 0n)) submissions.push(submission.id);
  assert.equal(submissions.length, 1);
  const result = JSON.parse(stdout);
  assert.deepEqual([result.productId, result.submissionId], [String(products[0]), String(submissions[0])]);
  assert.equal(result.verified, true);
  const left = (await readdir(directory)).filter((file) => file.startsWith(name)).sort();
  assert.deepEqual(left, [`${name}.json`, `${name}.metadata`, `${name}.zip`], 'nothing else is left');
}

test('killed at each request, and run again each time, it makes one product', async (t) => {
  const scene = await setUp(t);
  const { proxy, directory } = scene;
  const left = MOMENTS.flatMap(({ method, path, moments }) => moments.map((moment) => ({ method, path, moment })));
  const done: string[] = [];
  proxy.onRequest = ({ method, path }) => {
    const plain = path.split('?')[0] ?? '';
    const next = left.findIndex((wanted) => wanted.method === method && wanted.path.test(plain));
    const [taken] = next < 0 ? [] : left.splice(next, 1);
    if (taken !== undefined) done.push(`${taken.method} ${taken.path} ${taken.moment}`);
    return taken?.moment;
  };
  for (let runs = 1; ; runs++) {
    assert.ok(runs < MOST_RUNS, `still not done; killed at:\n${done.join('\n')}`);
    const child = startAssay(directory, submitArguments(scene, 'each'));
    proxy.endClient = () => child.kill('SIGKILL');
    const { code, stdout, stderr } = await finish(child);
    if (code === null) continue;
    assert.equal(code, 0, `${stderr}\nkilled before at:\n${done.join('\n')}`);
    await requireOne(scene, 'each', stdout);
    break;
  }
  assert.deepEqual(left, [], 'the client was ended at each moment');

  const again = await runAssay(directory, submitArguments(scene, 'each'));
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /already done/);

  const seed = Number(process.env.ASSAY_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`random times by seed ${seed}; ASSAY_TEST_SEED=${seed} repeats them`);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  proxy.onRequest = () => undefined;
  const started = performance.now();
  await runAssay(directory, [...submitArguments(scene, 'measure')]);
  const usual = performance.now() - started;
  for (let round = 1; round <= 3; round++) {
    const name = `random${round}`;
    for (let runs = 1; ; runs++) {
      assert.ok(runs < MOST_RUNS);
      const child = startAssay(directory, submitArguments(scene, name));
      const finished = finish(child);
      // The first half of the time goes by before anything is sent.
      if (runs <= 4) await Promise.race([sleep(usual * (0.3 + 0.7 * random())), finished]);
      if (runs <= 4) child.kill('SIGKILL');
      const { code, stdout, stderr } = await finished;
      if (code === null) continue;
      assert.equal(code, 0, stderr);
      await requireOne(scene, name, stdout);
      break;
    }
  }
});
