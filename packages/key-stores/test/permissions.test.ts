// What permissionsFor grants is enough to open and use a key in a confined process, and not more than is needed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writePkcs12 } from '@assay/authenticode';
import { type KeyLocation, type KeyPermissions, permissionsFor } from '../src/index.ts';
import { issue, makeKeyPair, pem, pkcs8 } from './support/authority.ts';
import { hasTools, newFolder, softHsmModule } from './support/external-tool.ts';
import { makeSoftHsm, PIN } from './support/soft-hsm.ts';

const keys = makeKeyPair('rsa');
const certificate = issue('Confined', keys.publicKey);
const folder = newFolder({
  'key.pem': pkcs8(keys.privateKey),
  'chain.pem': pem(certificate),
  'key.p12': writePkcs12({ ...keys, certificate, chain: [], password: 'x', iterations: 1000 }),
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program that opens `location` with these permissions and nothing of this environment. */
function runConfined(location: KeyLocation, permissions: KeyPermissions): { code?: string; signatureBytes?: number } {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--permission',
      ...[import.meta.dirname, ...permissions.readable].map((path) => `--allow-fs-read=${path}`),
      ...(permissions.addons ? ['--allow-addons'] : []),
      ...(permissions.network ? ['--allow-net'] : []),
      join(import.meta.dirname, 'support', 'confined-program.ts'),
      JSON.stringify(location),
    ],
    { env: { NODE_NO_WARNINGS: '1', ...permissions.environment }, encoding: 'utf8' },
  );
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

test('keys in files: these files and nothing else', () => {
  for (const location of [
    { kind: 'pkcs12', file: join(folder, 'key.p12'), password: 'x' },
    { kind: 'pem', keyFile: join(folder, 'key.pem'), certificateFile: join(folder, 'chain.pem') },
  ] as const) {
    const permissions = permissionsFor(location);
    assert.deepEqual(runConfined(location, permissions), { signatureBytes: 256 });
    const withoutKey = permissions.readable.filter((path) => !path.startsWith(folder));
    assert.equal(runConfined(location, { ...permissions, readable: withoutKey }).code, 'unreadable-file');
    assert.ok(
      withoutKey.every((path) => !/koffi|azure/.test(path)),
      'nothing of what other keys need',
    );
    const { readable: _readable, ...rest } = permissions;
    assert.deepEqual(rest, { addons: false, network: false, environment: {} });
  }
});

test('a key on a PKCS#11 token: native code and the configuration of the module', (t) => {
  if (!hasTools(t, 'softhsm2-util', 'pkcs11-tool')) return;
  const module = softHsmModule(t);
  if (module === undefined) return;
  const hsm = makeSoftHsm(module);
  t.after(() => hsm.remove());
  hsm.addToken('Confined');
  hsm.importKey('Confined', 'release', '01', keys.privateKey);
  const certificateFile = join(hsm.folder, 'certificate.pem');
  writeFileSync(certificateFile, pem(certificate));
  const location = { kind: 'pkcs11', module, tokenLabel: 'Confined', pin: PIN, certificateFile } as const;
  const permissions = permissionsFor(location, { ...process.env, DATABASE_PASSWORD: 'secret' });
  assert.equal(permissions.network, false);
  assert.ok('SOFTHSM2_CONF' in permissions.environment);
  assert.ok(!('DATABASE_PASSWORD' in permissions.environment));
  assert.deepEqual(runConfined(location, permissions), { signatureBytes: 256 });
  assert.equal(runConfined(location, { ...permissions, addons: false }).code, 'module-not-loaded');
  const withoutNative = permissions.readable.filter((path) => !path.includes('@koromix'));
  assert.equal(runConfined(location, { ...permissions, readable: withoutNative }).code, 'module-not-loaded');
});

test('a key in Key Vault: the network and the login from the environment', () => {
  const location = { kind: 'keyVault', url: 'https://assay-test.vault.azure.net/certificates/release' } as const;
  const permissions = permissionsFor(location, {
    AZURE_CLIENT_ID: 'id',
    AZURE_FEDERATED_TOKEN_FILE: '/run/token',
    DATABASE_PASSWORD: 'secret',
  });
  assert.equal(permissions.addons, false);
  assert.ok(permissions.readable.includes('/run/token'));
  assert.deepEqual(permissions.environment, { AZURE_CLIENT_ID: 'id', AZURE_FEDERATED_TOKEN_FILE: '/run/token' });
  assert.deepEqual(runConfined(location, permissions), { signatureBytes: 256 });
  assert.equal(permissions.network, true);
});
