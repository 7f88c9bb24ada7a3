// `assay rehearse` around small commands: what the command gets, what is reported, which exit code comes out, and that nothing
// is left behind.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { finish, runAssay, startAssay, temporaryDirectory, type Variables } from './run-assay.ts';

/** A folder to run in, which is also where temporary folders are made, so that what is left behind is seen. */
async function place(t: TestContext): Promise<{ directory: string; variables: Variables; left(): Promise<string[]> }> {
  const directory = await temporaryDirectory(t);
  const temporary = join(directory, 'tmp');
  await mkdir(temporary);
  return {
    directory,
    variables: { TMPDIR: temporary },
    left: async () => (await readdir(temporary)).filter((name) => name.startsWith('assay-')),
  };
}

/** What a client does that has real credentials and reaches for other hosts. */
const CLIENT = `
const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, MINE, ASSAY_REHEARSAL_URL } = process.env;
const login = 'https://login.microsoftonline.com/' + AZURE_TENANT_ID + '/oauth2/v2.0/token';
const form = (client_secret) => new URLSearchParams({ grant_type: 'client_credentials', client_id: AZURE_CLIENT_ID,
  client_secret, scope: 'https://manage.devcenter.microsoft.com/.default' });
const wrong = await fetch(login, { method: 'POST', body: form('wrong') });
const right = await fetch(login, { method: 'POST', body: form(AZURE_CLIENT_SECRET) });
const { access_token } = await right.json();
const outside = await fetch('https://example.com/').then(() => 'reached', () => 'refused');
const health = await fetch(ASSAY_REHEARSAL_URL + '/healthz');
const { tid } = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url'));
console.log(JSON.stringify({ wrong: wrong.status, right: right.status, outside, health: health.status,
  mine: MINE === 'secret=' + AZURE_CLIENT_SECRET, inherited: process.env.AZURE_CLIENT_CERTIFICATE_PATH ?? null,
  tenant: tid === AZURE_TENANT_ID, secret: AZURE_CLIENT_SECRET }));
process.exitCode = 3;
`;

test('the command gets credentials and the way, the report says what happened, and the exit code is its own', async (t) => {
  const { directory, variables, left } = await place(t);
  await writeFile(join(directory, 'client.mjs'), CLIENT);
  const options = ['--env', 'MINE=secret={clientSecret}', '--report', 'out/report.json', '--ca', 'out/ca.pem'];
  const { code, stdout, stderr } = await runAssay(
    directory,
    ['rehearse', ...options, '--', process.execPath, 'client.mjs', '--key=of-the-company'],
    {
      ...variables,
      AZURE_CLIENT_SECRET: 'of-the-company',
      AZURE_CLIENT_CERTIFICATE_PATH: '/real.pem',
      GITHUB_STEP_SUMMARY: join(directory, 'summary.md'),
    },
  );
  assert.equal(code, 3, stderr);
  const { secret, ...seen } = JSON.parse(stdout);
  assert.deepEqual(seen, {
    wrong: 401,
    right: 200,
    outside: 'refused',
    health: 200,
    mine: true,
    inherited: null,
    tenant: true,
  });
  assert.match(
    stderr,
    /^401 +\d+ ms {2}POST +login\.microsoftonline\.com\/[\w-]{36}\/oauth2\/v2\.0\/token\n +\S+: AADSTS/m,
  );
  assert.match(stderr, /^403 +\d+ ms {2}CONNECT {2}example\.com:443\n +HostNotIntercepted: example\.com is not part/m);
  const text = await readFile(join(directory, 'out', 'report.json'), 'utf8');
  const report = JSON.parse(text);
  assert.equal(report.exitCode, 3);
  const statuses: readonly number[] = report.calls.map(({ status }: { status: number }) => status);
  assert.deepEqual(statuses.slice(0, 3), [401, 200, 403]);
  const summary = await readFile(join(directory, 'summary.md'), 'utf8');
  assert.match(summary, /^### Rehearsal$[\s\S]*^\| 401 \| \d+ \| POST login/m);
  assert.match(await readFile(join(directory, 'out', 'ca.pem'), 'utf8'), /BEGIN CERTIFICATE/);
  for (const shown of [stderr, text, summary]) {
    assert.ok(!shown.includes(secret) && !shown.includes('of-the-company'), 'a secret is in no report');
  }
  assert.equal(report.command.at(-1), '--key=***');
  assert.deepEqual(await left(), []);
});

test('an assertion that does not hold makes 10 of 0; a script gives faults, assertions and a beginning', async (t) => {
  const { directory, variables, left } = await place(t);
  const script = [
    'seed: 7',
    'faults:',
    '  - { fault: throttle, times: 1 }',
    'assertions:',
    '  - products = 1',
    'seedData:',
    '  products:',
    '    - productName: There from the beginning',
    '      testHarness: attestation',
    '      requestedSignatures: [WINDOWS_v100_X64_GE_FULL]',
  ];
  await writeFile(join(directory, 'script.yaml'), `${script.join('\n')}\n`);
  const options = ['--script', 'script.yaml', '--assert', 'faults happened', '--keep', 'kept', '--quiet'];
  const { code, stdout, stderr } = await runAssay(
    directory,
    ['rehearse', ...options, '--', process.execPath, '-e', 'console.log("done")'],
    variables,
  );
  assert.equal(code, 10, stderr);
  assert.equal(stdout, 'done\n');
  assert.equal(stderr, 'did not hold: faults happened (found 1)\n');
  assert.ok((await readdir(join(directory, 'kept'))).includes('assay.db'), 'the data are kept where it was said');
  assert.deepEqual(await left(), []);
  const again = await runAssay(directory, ['rehearse', '--keep', 'kept', '--', 'true'], variables);
  assert.equal(again.code, 2, 'but a rehearsal does not go on where another ended');
});

test('a signal reaches the command, and its end is the end', async (t) => {
  const { directory, variables, left } = await place(t);
  const command =
    'process.on("SIGTERM", () => process.kill(process.pid, "SIGKILL")); console.log("up"); setInterval(() => 0, 1000)';
  const child = startAssay(directory, ['rehearse', '--', process.execPath, '-e', command], variables);
  child.stdout.once('data', () => child.kill('SIGTERM'));
  const { code, stderr } = await finish(child);
  assert.equal(code, 137, stderr);
  assert.match(stderr, /^0 calls, 0 refused, 0 faults/m);
  assert.deepEqual(await left(), []);
});

test('without a command it stays open for other terminals until it is told to stop', async (t) => {
  const { directory, variables, left } = await place(t);
  // The second is what a terminal that is closed sends.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    const child = startAssay(directory, ['rehearse', '--serve'], variables);
    let printed = '';
    child.stdout.on('data', (text: Buffer) => {
      printed += text;
      if (printed.includes('ASSAY_SUBMISSION_CERTIFICATE_PASSWORD=')) child.kill(signal);
    });
    const { code, stderr } = await finish(child);
    assert.equal(code, 0, stderr);
    assert.match(printed, /^export HTTPS_PROXY='http:\/\/127\.0\.0\.1:\d+'$/m);
    assert.deepEqual(await left(), []);
  }
});

test('what cannot be rehearsed is said before anything starts', async (t) => {
  const { directory, variables, left } = await place(t);
  const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /There is no command to rehearse/],
    [['--serve', '--', 'true'], /--serve runs no command/],
    [['--', 'no-such-program'], /There is no program 'no-such-program'/],
    [['--env', 'A={nope}', '--', 'true'], /There is no \{nope\}\. There are: tenantId/],
    [['--fault', 'trottle', '--', 'true'], /throttle/],
    [['--assert', 'products', '--', 'true'], /products/],
    [['--step', 'scanning', '--', 'true'], /scanning=30s/],
    [['--keep', '.', '--', 'true'], /is not empty/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runAssay(directory, ['rehearse', ...args], variables);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
  }
  assert.deepEqual(await left(), []);
});

test('what a killed run leaves behind is removed by the next', async (t) => {
  const { directory, variables, left } = await place(t);
  const killed = startAssay(directory, ['rehearse', '--', 'sleep', '60'], variables);
  const ended = finish(killed);
  const deadline = performance.now() + 30_000;
  while ((await left()).length === 0) {
    assert.ok(performance.now() < deadline, 'it makes its folder');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  killed.kill('SIGKILL');
  await ended;
  assert.equal((await left()).length, 1);
  const { code, stderr } = await runAssay(directory, ['rehearse', '--', 'true'], variables);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await left(), []);
});
