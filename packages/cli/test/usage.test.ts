// Help, version, and what wrong usage ends with.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../src/commands.ts';
import { EXIT_CODE_MEANINGS } from '../src/index.ts';
import { finish, runAssay, startAssay, temporaryDirectory } from './run-assay.ts';

test('help ends with 0, goes to stdout, and shows the exit codes', async (t) => {
  const { code, stdout, stderr } = await runAssay(await temporaryDirectory(t), ['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const [exitCode, meaning] of EXIT_CODE_MEANINGS) assert.ok(stdout.includes(`${exitCode}  ${meaning}`), meaning);
});

for (const { name: command } of COMMANDS) {
  test(`help of ${command} has examples`, async (t) => {
    const { code, stdout } = await runAssay(await temporaryDirectory(t), [command, '--help']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Examples:\\n {2}assay ${command}`));
  });
}

test('every command has the name under which it is listed', async () => {
  for (const { name, load } of COMMANDS) assert.equal((await load()).name(), name);
});

test('a reader that has seen enough ends the command quietly', async (t) => {
  const child = startAssay(await temporaryDirectory(t), ['--help']);
  child.stdout.destroy();
  const { stderr } = await finish(child);
  assert.equal(stderr, '');
});

test('the version is printed', async (t) => {
  const { code, stdout } = await runAssay(await temporaryDirectory(t), ['--version']);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

const WRONG_USAGE: readonly (readonly string[])[] = [
  [],
  ['nonsense'],
  ['pack'],
  ['pack', '.'],
  ['pack', '.', '--out', 'x.cab', '--compression', 'lzx'],
  ['pack', '.', '--out', 'x.cab', '--password', 'a', '--password-file', 'b'],
  ['submit', 'x.cab', '--signatures', 'WINDOWS_v100_X64_GE_FULL'],
  ['submit', 'x.cab', '--out', 'y.zip'],
  ['submit', 'x.cab', '--out', 'y.zip', '--timeout', 'soon'],
  ['submit', 'x.cab', '--out', 'y.zip', '--resume', '12'],
  ['serve', '--port', '70000'],
  ['review', 'reject', '1'],
  ['account'],
  ['account', 'create'],
  ['account', 'show', 'abc'],
  ['application', 'create', '--name', 'CI'],
  ['application', 'secret', 'add', 'x', '--days', '731'],
  ['application', 'certificate', 'add', 'x'],
  ['certificate', 'list', '--account', '0'],
  ['audit', 'export', '--format', 'csv'],
  ['review', 'approve', 'abc'],
  ['product', 'show', 'abc'],
  ['product', 'create', '--device-type', 'somewhere'],
  ['product', 'list', '--limit', '0'],
  ['submission', 'show', '1152921504621441930'],
  ['submission', 'download', '1/2'],
  ['submission', 'download', '1/2', '--out', 'x', '--sha256', 'abc'],
  ['shipping-label', 'show', '1/2'],
  ['shipping-label', 'create', '1/2', '--hardware-id', 'a:b:c'],
  ['shipping-label', 'update', '1/2/3'],
  ['partner-submission', 'translate', 'x', '1/2'],
  ['api', 'GET'],
  ['api', 'FETCH', 'products'],
  ['codes', 'list', '-o', 'xml'],
  ['codes', 'list', '--query', '[?'],
];

for (const args of WRONG_USAGE) {
  test(`wrong usage ends with 2: assay ${args.join(' ')}`, async (t) => {
    const { code, stdout, stderr } = await runAssay(await temporaryDirectory(t), args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.notEqual(stderr, '');
  });
}
