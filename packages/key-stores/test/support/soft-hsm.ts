// Tokens of SoftHSM in a folder of the test's own, filled with SoftHSM's and OpenSC's tools as an operator would.
import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '@assay/authenticode';
import { pkcs8 } from './authority.ts';
import { newFolder, runTool } from './external-tool.ts';

export const PIN = '4711-pin';
const SO_PIN = '0815-so-pin';

export interface SoftHsm {
  readonly folder: string;
  readonly module: string;
  addToken(label: string): void;
  importKey(token: string, label: string, id: string, privateKey: KeyObject): void;
  importCertificate(token: string, label: string, id: string, certificate: Certificate): void;
  /** Makes a key in the token and returns its public half. */
  generateKey(token: string, label: string, id: string, options: readonly string[]): KeyObject;
  /** Removes the public key object that stands beside a private key. */
  removePublicKey(token: string, id: string): void;
  /** Lets the module offer these mechanisms only, from its next initialization on; all when empty. */
  limitMechanisms(mechanisms: readonly string[]): void;
  remove(): void;
}

/** Points this process and its children to a new, empty SoftHSM. */
export function makeSoftHsm(module: string): SoftHsm {
  const folder = newFolder();
  const configuration = join(folder, 'softhsm2.conf');
  mkdirSync(join(folder, 'tokens'));
  const configure = (lines: readonly string[]) =>
    writeFileSync(
      configuration,
      [`directories.tokendir = ${join(folder, 'tokens')}`, 'objectstore.backend = file', ...lines, ''].join('\n'),
    );
  configure([]);
  process.env.SOFTHSM2_CONF = configuration;

  const run = (tool: string, args: readonly string[]): void => {
    const { status, output } = runTool(tool, args, folder);
    assert.equal(status, 0, `${tool} ${args[0]}: ${output}`);
  };
  const pkcs11Tool = (token: string, args: readonly string[]): void =>
    run('pkcs11-tool', ['--module', module, '--token-label', token, '--login', '--pin', PIN, ...args]);
  const file = (name: string, contents: Uint8Array | string): string => {
    writeFileSync(join(folder, name), contents);
    return name;
  };

  return {
    folder,
    module,
    addToken(label) {
      run('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', SO_PIN]);
    },
    importKey(token, label, id, privateKey) {
      const key = file('import.pem', pkcs8(privateKey));
      const what = ['--import', key, '--label', label, '--id', id];
      run('softhsm2-util', [...what, '--token', token, '--pin', PIN, '--force']);
    },
    importCertificate(token, label, id, certificate) {
      const der = file('import.der', certificate.bytes);
      pkcs11Tool(token, ['--write-object', der, '--type', 'cert', '--label', label, '--id', id]);
    },
    generateKey(token, label, id, options) {
      pkcs11Tool(token, ['--keypairgen', '--label', label, '--id', id, ...options]);
      pkcs11Tool(token, ['--read-object', '--type', 'pubkey', '--id', id, '--output-file', 'public.der']);
      return createPublicKey({ key: readFileSync(join(folder, 'public.der')), format: 'der', type: 'spki' });
    },
    removePublicKey(token, id) {
      pkcs11Tool(token, ['--delete-object', '--type', 'pubkey', '--id', id]);
    },
    limitMechanisms(mechanisms) {
      configure(mechanisms.length === 0 ? [] : [`slots.mechanisms = ${mechanisms.join(',')}`]);
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
