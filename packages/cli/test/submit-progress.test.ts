// Progress: a line in place on terminals, seldom lines elsewhere. And what GitHub is told.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorAnnotation, reportToGitHub } from '../src/ci/github.ts';
import { createProgress, formatElapsed } from '../src/progress.ts';

function stream(isTTY: boolean) {
  let text = '';
  return {
    isTTY,
    columns: 60,
    write(part: string) {
      text += part;
    },
    text: () => text,
  };
}

test('a terminal gets a bar that is rewritten in place, never wider than the screen', () => {
  const terminal = stream(true);
  const progress = createProgress(false, { stream: terminal, environment: {} });
  progress.count('uploading', 0, 1000);
  progress.count('uploading', 1000, 1000);
  progress.note('uploaded');
  const rewritten = terminal.text().split('\r\x1b[K');
  assert.match(terminal.text(), /uploading {2}\[-+\] {2}0% of 1000 bytes/);
  assert.match(terminal.text(), /uploading {2}\[#+\] {2}100% of 1000 bytes/);
  assert.ok(rewritten.every((line) => line.length < 60));
  assert.ok(terminal.text().endsWith('\r\x1b[Kuploaded\n'));
});

test('elsewhere there are plain lines: of a short transfer none, of a wait one for each change', () => {
  for (const environment of [{}, { CI: 'true' }]) {
    const pipe = stream('CI' in environment);
    const progress = createProgress(false, { stream: pipe, environment });
    for (let bytes = 0; bytes <= 1000; bytes += 10) progress.count('uploading', bytes, 1000);
    progress.wait('scanning started');
    progress.wait('scanning started');
    progress.wait('signing started');
    progress.end();
    assert.equal(pipe.text(), 'scanning started\nsigning started\n');
  }
});

test('quiet says nothing', () => {
  const terminal = stream(true);
  const progress = createProgress(true, { stream: terminal, environment: {} });
  progress.note('a');
  progress.count('b', 1, 2);
  progress.wait('c');
  progress.end();
  assert.equal(terminal.text(), '');
});

test('times are short', () => {
  assert.deepEqual([900, 61_000, 3_840_000].map(formatElapsed), ['0 s', '1 min 01 s', '1 h 04 min']);
});

test('what the service says cannot add outputs, rows or commands of its own', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-github-'));
  t.after(() => rm(folder, { recursive: true }));
  const [output, summary] = [join(folder, 'output'), join(folder, 'summary')];
  const result = {
    productId: '1',
    submissionId: '2',
    name: 'a | <b>\n# c',
    commitStatus: 'commitComplete',
    state: 'failed\nproduct-id=3',
    messages: ['<script>', 'two\nlines'],
  };
  await reportToGitHub(result, { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary }, 'It failed.');
  const outputs = await readFile(output, 'utf8');
  const delimiter = /^state<<(end_[0-9a-f]{32})$/m.exec(outputs)?.[1];
  assert.ok(delimiter !== undefined && outputs.includes(`failed\nproduct-id=3\n${delimiter}\n`), outputs);
  const text = await readFile(summary, 'utf8');
  assert.ok(!/<b>|<script>|^# c/m.test(text), text);
  assert.match(text, /It failed\./);
  assert.equal(
    errorAnnotation('assay submit', 'a\n::set-output name=x::y 100%', { GITHUB_ACTIONS: 'true' }),
    '::error title=assay submit::a%0A::set-output name=x::y 100%25\n',
  );
  assert.equal(errorAnnotation('t', 'm', {}), undefined);
});
