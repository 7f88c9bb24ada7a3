// The libraries with which applications of Microsoft Entra ID get their tokens, unmodified, against our authority.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createCertificate, encodePem } from '@assay/authenticode';
import { addApplicationCertificate } from '../../packages/server/src/store/application-certificates.ts';
import { openDatabase } from '../../packages/server/src/store/database.ts';
import {
  type RunningService,
  runService,
  temporaryFolder,
} from '../../packages/server/test/pipeline/running-service.ts';
import { freePort } from './free-port.ts';
import { held } from './held.ts';
import { CLIENTS_FOLDER, runProgram } from './programs.ts';
import { V2 } from './service.ts';
import { startTlsFront, type TlsFront } from './tls-front.ts';
import { send } from './wire.ts';

const MICROSOFT = 'login.microsoftonline.com:443';

interface Setting {
  readonly front: TlsFront;
  readonly running: RunningService;
  readonly port: number;
}

/** A service that is reached over HTTPS; undefined when the test had to be skipped. */
async function startBehindTls(t: TestContext): Promise<Setting | undefined> {
  const front = await startTlsFront(t);
  if (front === undefined) return undefined;
  const port = await freePort();
  const running = await runService(t, { port, publicUrl: front.url });
  front.forwardTo(port);
  return { front, running, port };
}

/** Runs the program, uses its token, and gives the host names that it asked for. */
async function getsToken(
  { front, running, port }: Setting,
  program: string,
  settings: object,
): Promise<readonly string[]> {
  const { tenantId, clientId, clientSecret } = running.credentials;
  front.asked.clear();
  const printed = await runProgram(process.execPath, [join(CLIENTS_FOLDER, program)], {
    ASSAY_CLIENT: JSON.stringify({ authorityHost: front.url, tenantId, clientId, clientSecret, ...settings }),
    NODE_EXTRA_CA_CERTS: front.certificateFile,
    // Both ways of saying that every name leads to us: that of the Azure libraries and that of Node.
    HTTPS_PROXY: front.forwardProxy,
    NODE_USE_ENV_PROXY: '1',
  });
  const { token } = JSON.parse(printed) as { token: string };
  const answer = await send(`http://127.0.0.1:${port}${V2}/products`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(answer.status, 200, answer.text);
  return [...front.asked].sort();
}

/** Registers a new certificate to the service's application; gives a file with it and its key. */
async function registerCertificate(t: TestContext, { running }: Setting): Promise<string> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'CI application' },
    ...pair,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
  });
  const database = await openDatabase({ file: join(running.dataDirectory, 'assay.db') });
  try {
    await addApplicationCertificate(database, running.credentials.clientId, certificate, () => new Date());
  } finally {
    await database.destroy();
  }
  const file = join(temporaryFolder(t), 'application.pem');
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(file, `${key}${encodePem('CERTIFICATE', certificate.bytes)}`);
  return file;
}

held('C-604', async (t) => {
  const setting = await startBehindTls(t);
  if (setting === undefined) return;
  const { host } = new URL(setting.front.url);
  const off = await getsToken(setting, 'azure-identity.ts', { disableInstanceDiscovery: true });
  assert.deepEqual(off, [host], 'without instance discovery only our authority is asked');
  const on = await getsToken(setting, 'azure-identity.ts', { disableInstanceDiscovery: false });
  assert.deepEqual(on, [host, MICROSOFT], 'instance discovery asks at the name of Microsoft, which leads to us');
});

held('C-605', async (t) => {
  const setting = await startBehindTls(t);
  if (setting === undefined) return;
  const certificatePath = await registerCertificate(t, setting);
  await getsToken(setting, 'azure-identity.ts', { certificatePath, disableInstanceDiscovery: true });
  await getsToken(setting, 'azure-identity.ts', { certificatePath, disableInstanceDiscovery: false });
});

held('C-606', async (t) => {
  const setting = await startBehindTls(t);
  if (setting === undefined) return;
  const { host } = new URL(setting.front.url);
  const known = await getsToken(setting, 'msal.ts', { knownAuthorities: [host] });
  assert.deepEqual(known, [host], 'an authority that is known is trusted without asking');
  assert.deepEqual(await getsToken(setting, 'msal.ts', {}), [host, MICROSOFT]);
});

held(['C-607', 'C-106'], async (t) => {
  const setting = await startBehindTls(t);
  if (setting === undefined) return;
  const certificatePath = await registerCertificate(t, setting);
  const { host } = new URL(setting.front.url);
  await getsToken(setting, 'msal.ts', { certificatePath, knownAuthorities: [host] });
});
