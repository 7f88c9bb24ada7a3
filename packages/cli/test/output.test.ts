// What each form of output looks like, and that ids keep every digit in all of them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { OUTPUT_FORMATS } from '../src/output.ts';

const OUTPUT = join(import.meta.dirname, '..', 'src', 'output.ts');
const ID = '1152921504621441931';

/** Two rows with ids that a double cannot hold, and what breaks lines. */
const ROWS = `[
  { id: ${ID}n, name: 'Echo', nested: { submissionId: 9223372036854775807n }, none: undefined, nil: null },
  { id: 9007199254740993n, name: 'tab\\there\\nand there', list: [1n, 'yes'], at: '2027-01-31' },
]`;

/** Runs the printing in a process of its own, so that its stdout is nothing but what was printed. */
async function print(statement: string): Promise<string> {
  const program = `import { printList, printResult } from ${JSON.stringify(OUTPUT)};\nconst rows = ${ROWS};\n${statement}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return stdout;
}

function printRows(output: string, query?: string): Promise<string> {
  const options = JSON.stringify({ output, query });
  return print(
    `await printResult(rows, { headings: ['ID', 'NAME'], rows: rows.map(({ id, name }) => [id, name]) }, ${options});`,
  );
}

test('table: rows under headings, one line each', async () => {
  assert.equal(
    await printRows('table'),
    `ID                   NAME\n${ID}  Echo\n9007199254740993     tab here and there\n`,
  );
});

test('table: what a terminal would obey is not printed', async () => {
  const text = await print(`await printResult({}, { fields: { name: 'a\\u001b[31mb' } }, { output: 'table' });`);
  assert.equal(text, 'name  a [31mb\n');
});

test('json: one document, ids as strings, nothing undefined', async () => {
  assert.deepEqual(JSON.parse(await printRows('json')), [
    { id: ID, name: 'Echo', nested: { submissionId: '9223372036854775807' }, nil: null },
    { id: '9007199254740993', name: 'tab\there\nand there', list: ['1', 'yes'], at: '2027-01-31' },
  ]);
});

test('jsonl: one line for each row', async () => {
  const lines = (await printRows('jsonl')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).id),
    [ID, '9007199254740993'],
  );
});

test('tsv: one line for each row, whatever is in it', async () => {
  assert.equal(
    await printRows('tsv'),
    `${ID}\tEcho\t{"submissionId":"9223372036854775807"}\t\n9007199254740993\ttab here and there\t["1","yes"]\t2027-01-31\n`,
  );
});

test('yaml: strings of digits are quoted, and so is what YAML 1.1 takes for something else', async () => {
  const text = await printRows('yaml');
  assert.match(text, new RegExp(`id: "${ID}"`));
  assert.match(text, /"yes"/);
  assert.match(text, /"2027-01-31"/);
  assert.deepEqual(parse(text), JSON.parse(await printRows('json')));
  assert.deepEqual(parse(text, { version: '1.1' }), JSON.parse(await printRows('json')));
});

test('none: nothing', async () => assert.equal(await printRows('none'), ''));

test('a query finds the same in every form', async () => {
  const query = `[?name=='Echo'].id`;
  assert.equal(await printRows('table', query), `${ID}\n`);
  assert.deepEqual(JSON.parse(await printRows('json', query)), [ID]);
  assert.equal(await printRows('jsonl', query), `"${ID}"\n`);
  assert.equal(await printRows('tsv', query), `${ID}\n`);
  assert.deepEqual(parse(await printRows('yaml', query)), [ID]);
  assert.equal(await printRows('none', query), '');
});

test('a query may give one value, a record, rows, or nothing', async () => {
  assert.equal(await printRows('tsv', '[0].id'), `${ID}\n`);
  assert.equal(await printRows('table', '[0].nested'), 'submissionId  9223372036854775807\n');
  assert.equal(await printRows('table', '[0:1].{number: id}'), `number\n${ID}\n`);
  assert.equal(await printRows('table', '[0].nowhere'), '');
  assert.equal(await printRows('json', '[0].nowhere'), 'null\n');
});

test('a query that is none says so', async () => {
  await assert.rejects(printRows('json', '[?'), /--query is no JMESPath expression/);
});

test('a list is printed alike, page by page or at once', async () => {
  const text = await print(`async function* pages() { yield* rows; }
const headings = ['ID', 'NAME'], cells = ({ id, name }) => [id, name];
for (const output of ${JSON.stringify(OUTPUT_FORMATS)}) {
  await printList(pages(), { headings, cells }, { output });
  process.stdout.write('\\0');
  await printResult(rows, { headings, rows: rows.map(cells) }, { output });
  process.stdout.write('\\0');
}`);
  const printed = text.split('\0');
  for (const [index, output] of OUTPUT_FORMATS.entries()) {
    assert.equal(printed[2 * index], printed[2 * index + 1], output);
  }
});

test('a limit ends a list', async () => {
  const text = await print(`async function* pages() { yield rows[0]; throw new Error('one page too many'); }
for (const output of ['jsonl', 'table']) {
  await printList(pages(), { headings: ['ID'], cells: ({ id }) => [id], limit: 1 }, { output });
}`);
  assert.deepEqual(text.split('\n').slice(1), ['ID', ID, '']);
});

test('rows are there before the last page is', async () => {
  const text = await print(`async function* pages() { yield rows[0]; throw new Error('the second page is lost'); }
await printList(pages(), { headings: ['ID'], cells: ({ id }) => [id] }, { output: 'tsv' }).catch(() => undefined);`);
  assert.match(text, new RegExp(`^${ID}\t`));
});
