// Tokens that misbehave: a module compiled here stands between us and SoftHSM and returns what it is told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import koffi from 'koffi';
import { openSigningKey, type Pkcs11Location } from '../../src/index.ts';
import { issue, makeKeyPair } from '../support/authority.ts';
import { hasTools, runTool, softHsmModule } from '../support/external-tool.ts';
import { assertSigns, isRefusal } from '../support/signing.ts';
import { makeSoftHsm, PIN, type SoftHsm } from '../support/soft-hsm.ts';

/** As numbered in wayward-module.c. */
const KNOBS = {
  noLocking: 0,
  loginReturns: 1,
  loginCalls: 2,
  tokenFlags: 3,
  signReturns: 4,
  signCalls: 5,
  signLength: 6,
};

let skipped: string | undefined;
const suite = {
  skip(message?: string) {
    skipped = message;
  },
};
const real = hasTools(suite, 'softhsm2-util', 'pkcs11-tool') ? softHsmModule(suite) : undefined;
if (spawnSync('gcc', ['--version']).error !== undefined) skipped = 'gcc is not installed: apt-get install gcc';

describe('a token that misbehaves', { skip: skipped ?? false }, () => {
  let hsm: SoftHsm;
  let module: string;
  let set: (knob: number, value: number) => void;
  let get: (knob: number) => number;

  const open = (location: Partial<Pkcs11Location> = {}) =>
    openSigningKey({ kind: 'pkcs11', module, tokenLabel: 'Wayward', pin: PIN, keyLabel: 'key', ...location });

  before(() => {
    hsm = makeSoftHsm(real ?? '');
    module = join(hsm.folder, 'wayward.so');
    const source = join(import.meta.dirname, '..', 'support', 'wayward-module.c');
    const args = ['-shared', '-fPIC', '-o', module, `-DREAL_MODULE="${real}"`, source, '-ldl'];
    const { status, output } = runTool('gcc', args, hsm.folder);
    assert.equal(status, 0, output);
    const keys = makeKeyPair('rsa');
    hsm.addToken('Wayward');
    hsm.importKey('Wayward', 'key', '01', keys.privateKey);
    hsm.importCertificate('Wayward', 'key', '01', issue('Wayward', keys.publicKey));
    const ecKeys = makeKeyPair('ec');
    hsm.importKey('Wayward', 'curve', '02', ecKeys.privateKey);
    hsm.importCertificate('Wayward', 'curve', '02', issue('Wayward curve', ecKeys.publicKey));
    const native = koffi.load(module);
    set = native.func('wayward_set', 'void', ['unsigned long', 'unsigned long']);
    get = native.func('wayward_get', 'unsigned long', ['unsigned long']);
  });
  beforeEach(() => {
    for (const knob of Object.values(KNOBS)) set(knob, 0);
  });
  after(() => hsm.remove());

  test('a token that was pulled out and put in again', async () => {
    const key = await open();
    set(KNOBS.signReturns, 0x32);
    const failure = assert.rejects(assertSigns(key, 'sha256'), isRefusal('token-not-found', /insert it again/));
    await failure;
    assert.equal(get(KNOBS.signCalls), 2, 'tried once more, and not more often');
    set(KNOBS.signReturns, 0);
    await assertSigns(key, 'sha256');
    await key.close();
  });

  test('a refusal that a new session cannot cure is not tried again', async () => {
    const key = await open();
    set(KNOBS.signReturns, 0x21);
    await assert.rejects(assertSigns(key, 'sha256'), isRefusal('token-refused', /CKR_DATA_LEN_RANGE/));
    assert.equal(get(KNOBS.signCalls), 1);
    await key.close();
  });

  test('a PIN that was refused once is not tried again for each signature, which would lock the token', async () => {
    const key = await open();
    set(KNOBS.signReturns, 0x32);
    set(KNOBS.loginReturns, 0xa0);
    set(KNOBS.loginCalls, 0);
    for (let attempt = 0; attempt < 5; attempt++)
      await assert.rejects(assertSigns(key, 'sha256'), isRefusal('wrong-pin'));
    assert.equal(get(KNOBS.loginCalls), 1);
    await key.close();
  });

  test('what is said of a PIN that is wrong for the last time, or locked', async () => {
    set(KNOBS.loginReturns, 0xa0);
    await assert.rejects(open(), isRefusal('wrong-pin', /too many wrong ones/));
    set(KNOBS.tokenFlags, 0x2_0000);
    await assert.rejects(open(), isRefusal('wrong-pin', /one more wrong PIN locks it/));
    set(KNOBS.tokenFlags, 0x4_0000);
    await assert.rejects(open(), isRefusal('pin-locked', /PUK/));
    set(KNOBS.loginReturns, 0xa4);
    await assert.rejects(open(), isRefusal('pin-locked', /PUK/));
  });

  test('a token with a keypad asks for the PIN itself', async () => {
    set(KNOBS.tokenFlags, 0x100);
    set(KNOBS.loginReturns, 0x50);
    const { pin: _pin, ...location } = { kind: 'pkcs11', module, tokenLabel: 'Wayward', pin: PIN } as const;
    await assert.rejects(openSigningKey(location), isRefusal('token-refused', /CKR_FUNCTION_CANCELED/));
    assert.equal(get(KNOBS.loginCalls), 1);
  });

  test('a login holds for all keys of a token until the last one is closed', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    await one.close();
    await assertSigns(two, 'sha256');
    assert.equal(get(KNOBS.loginCalls), 2, 'nobody had to log in again');
    await two.close();
  });

  test('a digest that is longer than the order of the curve is shortened here: not all tokens do that', async () => {
    const key = await open({ keyLabel: 'curve' });
    for (const [algorithm, length] of [
      ['sha1', 20],
      ['sha256', 32],
      ['sha384', 32],
      ['sha512', 32],
    ] as const) {
      await assertSigns(key, algorithm);
      assert.equal(get(KNOBS.signLength), length);
    }
    await key.close();
  });

  test('a module that cannot lock is called by one thread at a time', async () => {
    set(KNOBS.noLocking, 1);
    const keys = await Promise.all([open(), open()]);
    await Promise.all(keys.flatMap((key) => [assertSigns(key, 'sha256'), assertSigns(key, 'sha384')]));
    for (const key of keys) await key.close();
  });
});
