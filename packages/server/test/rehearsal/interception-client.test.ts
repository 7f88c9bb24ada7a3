// What surrounds a rehearsed command: its environment, and the machine's hosts file where it has to be edited.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  BLOB_HOST,
  type ClientEnvironmentOptions,
  clientEnvironment,
  EnvironmentTemplateError,
  INTERCEPTED_HOSTS,
  InterceptionError,
  leadHostNames,
  parseEnvironmentTemplate,
} from '../../src/index.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';

const OPTIONS: ClientEnvironmentOptions = {
  inherited: {},
  credentials: {
    url: 'http://127.0.0.1:4000',
    authority: 'http://127.0.0.1:4000',
    tenantId: 'the-tenant',
    clientId: 'the-client',
    clientSecret: 'the-secret',
    sellerId: '1',
    submissionCertificate: 'submission.p12',
    submissionCertificatePassword: 'the-password',
  },
  proxyUrl: 'http://127.0.0.1:5000',
  certificateFile: 'ca.pem',
  key: 'the-key',
};

test('nothing of the caller leads past the rehearsal or holds real credentials', () => {
  const real = {
    AZURE_TENANT_ID: 'real',
    AZURE_CLIENT_SECRET: 'real',
    AZURE_CLIENT_CERTIFICATE_PATH: 'real.pem',
    AZURE_USERNAME: 'real',
    AZURE_PASSWORD: 'real',
    AZURE_FEDERATED_TOKEN_FILE: 'real',
    AZURE_AUTHORITY_HOST: 'https://real.example',
    IDENTITY_ENDPOINT: 'http://169.254.169.254',
    MSI_SECRET: 'real',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'real',
    SDCM_CREDS_KEY: 'real',
    SDCM_CREDS_MI_CLIENTID: 'real',
    ASSAY_URL: 'https://real.example',
    ALL_PROXY: 'socks5://real.example',
    all_proxy: 'socks5://real.example',
    https_proxy: 'http://real.example',
    NO_PROXY: '*',
    no_proxy: '.microsoftonline.com',
    SSL_CERT_DIR: '/real',
  };
  const environment = clientEnvironment({ ...OPTIONS, inherited: { ...real, PATH: '/bin', AZURE_CONFIG_DIR: '/a' } });
  for (const [name, value] of Object.entries(environment)) assert.doesNotMatch(value, /real|^\*$|169\.254/, name);
  assert.equal(environment.PATH, '/bin');
  assert.equal(environment.AZURE_CONFIG_DIR, '/a', 'settings that are no credentials stay');
  assert.equal(environment.AZURE_CLIENT_SECRET, 'the-secret');
  assert.equal(environment.SDCM_CREDS_KEY, 'the-secret');
  assert.equal(environment.HTTPS_PROXY, OPTIONS.proxyUrl);
  assert.equal(environment.no_proxy, 'localhost,127.0.0.1,::1');
  assert.equal('ALL_PROXY' in environment || 'all_proxy' in environment || 'SSL_CERT_DIR' in environment, false);
});

test('further variables are made of templates', () => {
  const templates = ['HDC=x{clientSecret}y', 'EMPTY=', 'URL={apiUrl}/v2.0?a=b'].map(parseEnvironmentTemplate);
  const environment = clientEnvironment({ ...OPTIONS, templates });
  assert.deepEqual(
    [environment.HDC, environment.EMPTY, environment.URL],
    ['xthe-secrety', '', 'https://manage.devcenter.microsoft.com/v2.0?a=b'],
  );
  for (const wrong of ['HDC', '=x', '1A=x', 'A={nope}', 'A-B=x']) {
    assert.throws(() => parseEnvironmentTemplate(wrong), EnvironmentTemplateError, wrong);
  }
});

test('the hosts file gets marked lines, which go again, and those of a run that was killed too', async (t) => {
  const directory = temporaryFolder(t);
  const hostsFile = join(directory, 'hosts');
  const own = '127.0.0.1 localhost\n# assay rehearse is mentioned here\n10.0.0.1 build.example';
  // A process that is over: its number belongs to nobody now.
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(hostsFile, `127.0.0.1 ${BLOB_HOST} # assay rehearse ${dead}\n${own}`);
  const addresses = ['127.0.0.1', '::1'];
  const options = { directory, addresses, certificateFile: join(directory, 'ca.pem'), hostsFile, namespace: false };
  const names = await leadHostNames(options);
  assert.equal(names.way, 'hosts-file');
  const lines = addresses.map(
    (address) => `${address} ${INTERCEPTED_HOSTS.join(' ')} # assay rehearse ${process.pid}\n`,
  );
  assert.equal(readFileSync(hostsFile, 'utf8'), `${own}\n${lines.join('')}`);
  assert.deepEqual(names.wrap('a', ['b']), { command: 'a', parameters: ['b'] });
  await names.release();
  assert.equal(readFileSync(hostsFile, 'utf8'), `${own}\n`);
  await assert.rejects(
    leadHostNames({ ...options, hostsFile: join(directory, 'nowhere', 'hosts') }),
    (error: unknown) => error instanceof InterceptionError && /cannot be written/.test(error.message),
  );
});
