// Profiles: how they are kept, and where they stand among the other places that credentials come from.
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { resolveConnection } from '../src/credentials.ts';
import { type ConfigFile, configPath } from '../src/profiles/config-file.ts';
import { type Finished, finish, runAssay, startAssay, temporaryDirectory } from './run-assay.ts';

const IDENTITY = { AZURE_TENANT_ID: 'env-tenant', AZURE_CLIENT_ID: 'env-client', AZURE_CLIENT_SECRET: 'env-secret' };
const STAGING = {
  url: 'https://staging.example/',
  authority: 'https://login.staging.example',
  tenantId: 'staging-tenant',
  clientId: 'staging-client',
  clientSecret: 'staging-secret',
};

async function configFile(context: TestContext, config: ConfigFile): Promise<{ ASSAY_CONFIG: string }> {
  const path = join(await temporaryDirectory(context), 'config.json');
  await writeFile(path, JSON.stringify(config));
  return { ASSAY_CONFIG: path };
}

test('a named profile counts before the environment; one that is used counts after it', async (t) => {
  const config = await configFile(t, { use: 'staging', profiles: { staging: STAGING } });
  const used = await resolveConnection({}, config);
  assert.equal(used.tenantId, 'staging-tenant');
  assert.equal(used.url, 'https://staging.example');
  assert.equal(used.authority, 'https://login.staging.example');
  assert.equal(used.profile, 'staging');

  const environment = { ...config, ...IDENTITY, ASSAY_URL: 'https://env.example' };
  const byEnvironment = await resolveConnection({}, environment);
  assert.equal(byEnvironment.tenantId, 'env-tenant');
  assert.equal(byEnvironment.url, 'https://env.example');
  assert.equal(byEnvironment.authority, 'https://env.example', 'the authority of another service is not used');

  const named = await resolveConnection({ profile: 'staging' }, { ...environment, AZURE_AUTHORITY_HOST: 'https://l' });
  assert.deepEqual(named.credential, { kind: 'client-secret', clientSecret: 'staging-secret' });
  assert.equal(named.url, 'https://staging.example');
  assert.equal(named.authority, 'https://login.staging.example');
});

test('ASSAY_PROFILE counts before the profile in use', async (t) => {
  const other = { ...STAGING, tenantId: 'other-tenant' };
  const config = await configFile(t, { use: 'staging', profiles: { staging: STAGING, other } });
  assert.equal((await resolveConnection({}, { ...config, ASSAY_PROFILE: 'other' })).tenantId, 'other-tenant');
});

test("the profile microsoft has Microsoft's endpoints, whatever the environment says, and takes its identity", async (t) => {
  const config = await configFile(t, { profiles: {} });
  const variables = { ...config, ...IDENTITY, ASSAY_URL: 'https://env.example', AZURE_AUTHORITY_HOST: 'https://l' };
  const connection = await resolveConnection({ profile: 'microsoft' }, variables);
  assert.equal(connection.url, 'https://manage.devcenter.microsoft.com');
  assert.equal(connection.authority, 'https://login.microsoftonline.com');
  assert.equal(connection.tenantId, 'env-tenant');
});

test('a profile without credentials never takes those of a local server', async (t) => {
  const directory = await temporaryDirectory(t);
  const { tenantId, clientId, clientSecret } = STAGING;
  const file = join(directory, '.assay', 'credentials.json');
  await runAssay(directory, ['config', 'init'], { ASSAY_CONFIG: file });
  await writeFile(file, JSON.stringify({ url: 'http://127.0.0.1:1', tenantId, clientId, clientSecret }));
  const variables = { ASSAY_CONFIG: join(directory, 'config.json') };
  const refused = await runAssay(directory, ['auth', 'status', '--offline', '--profile', 'microsoft'], variables);
  assert.equal(refused.code, 4, refused.stdout);
  assert.match(refused.stderr, /profile microsoft has no credentials/);
  const local = await runAssay(directory, ['auth', 'status', '--offline', '--profile', 'local'], variables);
  assert.match(local.stdout, /http:\/\/127\.0\.0\.1:1/);
});

test('a profile of nobody, one with half an identity, and one with an unknown setting are errors', async (t) => {
  const { clientSecret: _secret, ...half } = STAGING;
  const config = await configFile(t, { profiles: { half } });
  await assert.rejects(resolveConnection({ profile: 'none' }, config), { exitCode: 2, message: /no profile none/ });
  await assert.rejects(resolveConnection({ profile: 'half' }, config), {
    exitCode: 4,
    message: /a credential missing/,
  });
  await assert.rejects(resolveConnection({ profile: 'half', data: 'x' }, config), { exitCode: 2 });
  const wrong = await configFile(t, { profiles: { wrong: { secret: 'x' } as object } });
  await assert.rejects(resolveConnection({ profile: 'wrong' }, wrong), { exitCode: 2, message: /"secret"/ });
});

test('a secret by reference is read each time, a relative path from the folder of the file', async (t) => {
  const { clientSecret: _secret, ...rest } = STAGING;
  const byFile = { ...rest, clientSecretFile: 'secret.txt' };
  const byVariable = { ...rest, clientSecretVariable: 'MY_SECRET' };
  const config = await configFile(t, { profiles: { byFile, byVariable } });
  await writeFile(join(config.ASSAY_CONFIG, '..', 'secret.txt'), 'from-file\r\n');
  assert.deepEqual((await resolveConnection({ profile: 'byFile' }, config)).credential, {
    kind: 'client-secret',
    clientSecret: 'from-file',
  });
  const withSecret = { ...config, MY_SECRET: 'from-variable' };
  assert.deepEqual((await resolveConnection({ profile: 'byVariable' }, withSecret)).credential, {
    kind: 'client-secret',
    clientSecret: 'from-variable',
  });
  await assert.rejects(resolveConnection({ profile: 'byVariable' }, config), { exitCode: 4, message: /MY_SECRET/ });
});

test('the file is where each system keeps settings', () => {
  assert.equal(configPath({ HOME: '/home/a' }, 'linux'), '/home/a/.config/assay/config.json');
  assert.equal(configPath({ HOME: '/home/a', XDG_CONFIG_HOME: '/x' }, 'linux'), '/x/assay/config.json');
  assert.equal(configPath({ HOME: '/Users/a' }, 'darwin'), '/Users/a/Library/Application Support/assay/config.json');
  assert.match(configPath({ APPDATA: 'C:\\Roaming' }, 'win32') ?? '', /^C:\\Roaming.assay.config\.json$/);
  assert.equal(configPath({ HOME: '/home/a', ASSAY_CONFIG: 'own.json' }, 'linux'), 'own.json');
  assert.equal(configPath({}, 'linux'), undefined);
});

test('assay config keeps profiles in a file of its owner alone, and shows no secret', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'settings', 'config.json');
  const config = (...args: string[]): Promise<Finished> =>
    runAssay(directory, ['config', ...args], { ASSAY_CONFIG: path });
  const kept = async () => JSON.parse(await readFile(path, 'utf8'));

  assert.equal((await config('path')).stdout, `${path}\n`);
  const made = await config('set', '--profile', 'staging', 'url=https://s.example', 'tenantId=t', 'clientId=c');
  assert.equal(made.code, 0, made.stderr);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await config('init')).code, 2, 'a file that is there is not replaced');

  const child = startAssay(directory, ['config', 'set', '--profile', 'staging', '--secret-stdin'], {
    ASSAY_CONFIG: path,
  });
  child.stdin.end('top-secret\n');
  assert.equal((await finish(child)).code, 0);
  assert.equal((await kept()).profiles.staging.clientSecret, 'top-secret');
  const shown = await config('show', 'staging', '-o', 'json');
  assert.equal(JSON.parse(shown.stdout).clientSecret, '***');

  assert.equal((await config('use', 'staging')).code, 0);
  assert.match((await config('list')).stdout, /^\* {2}staging +https:\/\/s\.example +t +c$/m);
  await config('set', '--secret-file', 'secret.txt');
  assert.deepEqual((await kept()).profiles.staging, {
    url: 'https://s.example',
    tenantId: 't',
    clientId: 'c',
    clientSecretFile: join(directory, 'secret.txt'),
  });
  await config('unset', 'clientSecretFile');
  assert.ok(!('clientSecretFile' in (await kept()).profiles.staging));
  await config('remove', 'staging');
  assert.deepEqual(await kept(), { profiles: {} });
});

for (const args of [
  ['set', '--profile', 'x', 'clientSecret=on-the-command-line'],
  ['set', '--profile', 'x', 'nonsense=1'],
  ['set', '--profile', 'x', 'url=ftp://x'],
  ['set', '--profile', 'x'],
  ['set', '--profile', '../x', 'url=https://x'],
  ['set', '--profile', 'x', '--secret-file', 'a', '--secret-variable', 'B'],
  ['set', '--profile', 'microsoft', 'url=https://x'],
  ['set', '--profile', 'local', 'tenantId=t'],
  ['set', 'tenantId=t'],
  ['use', 'nobody'],
  ['use'],
  ['remove', 'nobody'],
]) {
  test(`wrong usage ends with 2: assay config ${args.join(' ')}`, async (t) => {
    const directory = await temporaryDirectory(t);
    const { code, stderr } = await runAssay(directory, ['config', ...args], {
      ASSAY_CONFIG: join(directory, 'c.json'),
    });
    assert.equal(code, 2, stderr);
    assert.ok(!stderr.includes('on-the-command-line'));
  });
}
