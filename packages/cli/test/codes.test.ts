// `assay codes list`, and the file of codes at the commands that take it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OPERATING_SYSTEM_FAMILIES, OPERATING_SYSTEMS, PRODUCT_TYPES } from '@assay/hardware-api';
import { runAssay, temporaryDirectory } from './run-assay.ts';

async function list(t: TestContext, args: readonly string[], files: Readonly<Record<string, unknown>> = {}) {
  const directory = await temporaryDirectory(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), JSON.stringify(content));
  return await runAssay(directory, ['codes', 'list', ...args]);
}

test('the codes of operating systems are a table for people', async (t) => {
  const { code, stdout, stderr } = await list(t, []);
  assert.deepEqual([code, stderr], [0, '']);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, OPERATING_SYSTEMS.length + 1);
  assert.match(lines[0] ?? '', /^CODE +ARCHITECTURE +VERSION +EDITION +STATUS +SOURCE +DESCRIPTION$/);
  assert.match(
    stdout,
    /\nWINDOWS_v100_X64_GE_FULL +x64 +10\.0\.26100 +client +documented +current +Windows 11 Client, version 24H2 x64\n/,
  );
});

test('and JSON for programs, of one status when asked', async (t) => {
  const { stdout } = await list(t, ['--status', 'rejected', '-o', 'json']);
  const rejected = JSON.parse(stdout) as { code: string; status: string }[];
  assert.deepEqual(
    rejected.map(({ code }) => code),
    OPERATING_SYSTEMS.filter(({ status }) => status === 'rejected').map(({ code }) => code),
  );
  assert.ok(rejected.length > 0);
});

test('families and product types are tables of their own', async (t) => {
  const families = JSON.parse((await list(t, ['families', '-o', 'json'])).stdout) as unknown[];
  assert.equal(families.length, OPERATING_SYSTEM_FAMILIES.length);
  const { stdout } = await list(t, ['product-types']);
  assert.equal(stdout.trimEnd().split('\n').length, PRODUCT_TYPES.length + 1);
  assert.match(stdout, /\nUnclassified +observed +samples\n/);
});

test('a file of codes adds rows', async (t) => {
  const file = { operatingSystems: [{ code: 'NEW_ONE', architecture: 'arm64', version: '10.0.27000' }] };
  const { stdout } = await list(t, ['--codes', 'codes.json', '--status', 'observed'], { 'codes.json': file });
  assert.match(stdout, /\nNEW_ONE +arm64 +10\.0\.27000 +client +observed +configuration +NEW_ONE\n/);
});

test('a file of codes that cannot be used is wrong usage, and its faults are told', async (t) => {
  const bad = { 'codes.json': { operatingSystems: [{ code: 'NEW', architecture: 'mips', version: '10.0' }] } };
  const { code, stdout, stderr } = await list(t, ['--codes', 'codes.json'], bad);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /operatingSystems\[0\]\.architecture: "mips" is not known; write one of x86, x64/);
  assert.equal((await list(t, ['--codes', 'none.json'])).code, 2);
  assert.equal((await list(t, ['--status', 'perhaps'])).code, 2);
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'codes.json'), '{"productTypes":7}');
  const serve = await runAssay(directory, ['serve', '--port', '0', '--codes', 'codes.json']);
  assert.equal(serve.code, 2);
  assert.match(serve.stderr, /productTypes: write a list\.\n.*operating-system-codes\.md/s);
});

test('submit knows a code only with the file that has it', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = { operatingSystems: [{ code: 'NEW_ONE', architecture: 'x64', version: '10.0.27000' }] };
  await writeFile(join(directory, 'codes.json'), JSON.stringify(file));
  const args = ['submit', 'none.cab', '--signatures', 'new_one', '--out', 'signed.zip'];
  const unknown = await runAssay(directory, args);
  assert.equal(unknown.code, 10);
  assert.match(unknown.stderr, /"new_one" is not a known operating system code/);
  const known = await runAssay(directory, [...args, '--codes', 'codes.json']);
  assert.doesNotMatch(known.stderr, /is not a known/);
  assert.notEqual(known.code, 0);
});
