// A profile whose key is in a PKCS#11 token, from the configuration file to the signed package, with SoftHSM as the token.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bytesSource, encodePem, verifyFile } from '@assay/authenticode';
import { readSigningProfiles, SigningProfileError, startServer } from '../../src/index.ts';
import { runService, temporaryFolder } from '../pipeline/running-service.ts';
import { unzip } from '../pipeline/signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { hasTools } from './external-tools.ts';
import { signerProcesses } from './signer-processes.ts';
import { makeKey, type TestKey } from './signing-keys.ts';

const MODULES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'];
const PIN = '4711-pin';

function issuedKey(): { readonly key: TestKey; readonly root: TestKey } {
  const root = makeKey({ subject: { commonName: 'Lab root' }, certificateAuthority: true });
  const key = makeKey({ subject: { commonName: 'Lab WHQL' }, issuer: root });
  return { key, root };
}

/** A token with the key in it, in a folder of its own; gives the path of a configuration that uses it for `whql`. */
function makeToken(folder: string, { key, root }: ReturnType<typeof issuedKey>, module: string): string {
  mkdirSync(join(folder, 'tokens'));
  writeFileSync(join(folder, 'softhsm2.conf'), `directories.tokendir = ${join(folder, 'tokens')}\n`);
  process.env.SOFTHSM2_CONF = join(folder, 'softhsm2.conf');
  const run = (...args: readonly string[]) => execFileSync('softhsm2-util', args, { cwd: folder, stdio: 'pipe' });
  run('--init-token', '--free', '--label', 'Lab', '--pin', PIN, '--so-pin', '0815-so-pin');
  writeFileSync(join(folder, 'key.pem'), key.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  run('--import', 'key.pem', '--token', 'Lab', '--label', 'whql', '--id', '0a', '--pin', PIN);
  const certificates = [key.certificate, root.certificate].map(({ bytes }) => encodePem('CERTIFICATE', bytes));
  writeFileSync(join(folder, 'chain.pem'), certificates.join(''));
  writeFileSync(join(folder, 'pin'), `${PIN}\n`);
  const location = {
    kind: 'pkcs11',
    module,
    tokenLabel: 'Lab',
    keyLabel: 'whql',
    pinFile: 'pin',
    certificateFile: 'chain.pem',
  };
  writeFileSync(join(folder, 'profiles.json'), JSON.stringify({ profiles: { whql: { key: location } } }));
  return join(folder, 'profiles.json');
}

test('a package is signed by a key in a token, in a process of its own', async (t) => {
  const module = MODULES.find((path) => existsSync(path));
  if (module === undefined) return t.skip('SoftHSM is not installed: apt-get install softhsm2');
  if (!hasTools(t, 'softhsm2-util')) return;
  const folder = temporaryFolder(t);
  const issued = issuedKey();
  const signingProfiles = await readSigningProfiles(makeToken(folder, issued, module));
  const service = await runService(t, { signingProfiles });

  const cabinet = await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials));
  const finished = await service.api.finished(await service.api.submit(cabinet, undefined, { testHarness: 'hlk' }));
  assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  const files = unzip(await service.api.download(finished, 'signedPackage'));
  for (const name of ['echo.sys', 'echo.cat']) {
    const bytes = files.get(`drivers/echo/${name}`) ?? new Uint8Array();
    const { ok, signatures } = await verifyFile(bytesSource(bytes), {
      anchors: [issued.root.certificate],
      timestampAnchors: [service.authority],
    });
    assert.equal(ok, true, name);
    assert.equal(signatures[0]?.signer?.thumbprint, issued.key.certificate.thumbprint);
    assert.deepEqual(signatures[0].timestamps[0]?.problems, []);
  }

  if (process.platform !== 'linux') return;
  const processes = signerProcesses();
  const withAddons = processes.map(({ started }) => started.includes('--allow-addons'));
  assert.deepEqual(withAddons.toSorted(), [false, true], 'native code runs where no other key is');
  for (const { started, environment } of processes) {
    assert.ok(started.includes('--permission'));
    assert.ok(!started.includes('--allow-net'), 'no key here needs the network');
    assert.doesNotMatch(`${started.join(' ')} ${environment}`, new RegExp(PIN), 'secrets come by message only');
  }
});

test('a wrong PIN stops the start', async (t) => {
  const module = MODULES.find((path) => existsSync(path));
  if (module === undefined) return t.skip('SoftHSM is not installed: apt-get install softhsm2');
  if (!hasTools(t, 'softhsm2-util')) return;
  const folder = temporaryFolder(t);
  const file = makeToken(folder, issuedKey(), module);
  writeFileSync(join(folder, 'pin'), '1234-wrong\n');
  const signingProfiles = await readSigningProfiles(file);
  await assert.rejects(startServer({ dataDirectory: join(folder, 'data'), port: 0, signingProfiles }), (error) => {
    assert.ok(error instanceof SigningProfileError, String(error));
    assert.match(error.message, /^The key of the signing profile "whql" cannot be opened: .*PIN/);
    assert.doesNotMatch(error.message, /1234-wrong/);
    return true;
  });
});
