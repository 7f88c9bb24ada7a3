// Completion: the engine by itself, and the scripts in those shells that are installed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { COMMANDS, type CommandEntry } from '../src/commands.ts';
import { complete } from '../src/completion/complete.ts';
import { COMPLETION_SCRIPTS } from '../src/completion/scripts.ts';
import { runAssay, temporaryDirectory } from './run-assay.ts';

const PROGRAM = join(import.meta.dirname, '..', 'bin', 'assay.js');

async function values(...words: string[]): Promise<string[]> {
  return (await complete(COMMANDS, words)).candidates.map(({ value }) => value);
}

test('commands, with what they do', async () => {
  const { candidates } = await complete(COMMANDS, ['']);
  for (const { name, summary } of COMMANDS) {
    assert.equal(candidates.find(({ value }) => value === name)?.description, summary);
  }
  assert.deepEqual(await values('subm'), ['submit', 'submission']);
  assert.deepEqual(await values('help', 'doc'), ['doctor']);
  assert.deepEqual(await values('--v'), ['--version']);
});

test('only the command that is being written is loaded', async () => {
  const loaded: string[] = [];
  const watched: CommandEntry[] = COMMANDS.map((entry) => ({
    ...entry,
    load: () => {
      loaded.push(entry.name);
      return entry.load();
    },
  }));
  await complete(watched, ['']);
  assert.deepEqual(loaded, []);
  await complete(watched, ['config', '']);
  assert.deepEqual(loaded, ['config']);
});

test('subcommands and operands', async () => {
  assert.deepEqual(await values('application', 'cert'), ['certificate']);
  assert.ok((await values('application', 'certificate', '')).includes('add'));
  assert.deepEqual(await values('completion', 'p'), ['powershell']);
  assert.deepEqual(await values('codes', 'list', 'prod'), ['product-types']);
  assert.deepEqual(await values('config', 'use', 'mi'), ['microsoft']);
  assert.deepEqual(await values('config', 'set', 'tenant'), ['tenantId=']);
  assert.deepEqual(await values('config', 'unset', 'url', 'clientI'), ['clientId']);
  assert.equal((await complete(COMMANDS, ['submit', 'ec'])).files, true);
  assert.equal((await complete(COMMANDS, ['sign', 'a.sys', ''])).files, true, 'an operand that may come often');
  assert.deepEqual(await complete(COMMANDS, ['nonsense', '']), { candidates: [] });
});

test('options, and not those that are there already', async () => {
  assert.deepEqual(await values('doctor', '--client-c'), [
    '--client-certificate-file',
    '--client-certificate-password-file',
  ]);
  assert.deepEqual(await values('doctor', '--profile', 'microsoft', '--prof'), []);
  assert.deepEqual(await values('doctor', '--', '--prof'), [], 'after -- nothing is an option');
  const { candidates } = await complete(COMMANDS, ['doctor', '--clamd']);
  assert.match(candidates[0]?.description ?? '', /malware/);
});

test('values of options: choices, profiles, files', async () => {
  assert.deepEqual(await values('doctor', '-o', 'js'), ['json', 'jsonl']);
  assert.deepEqual(await values('doctor', '--output=y'), ['--output=yaml']);
  assert.deepEqual(await values('doctor', '--profile', 'l'), ['local']);
  assert.equal((await complete(COMMANDS, ['doctor', '--credentials', ''])).files, true);
  assert.deepEqual(await complete(COMMANDS, ['doctor', '--url', '']), { candidates: [] });
});

test('codes of operating systems, one after the other', async () => {
  const first = await values('submit', 'x.cab', '--signatures', 'windows_v100_x64_ge');
  assert.ok(first.includes('WINDOWS_v100_X64_GE_FULL'), 'without regard to case when nothing fits otherwise');
  const list = await complete(COMMANDS, ['submit', '--signatures', 'WINDOWS_v100_X64_GE_FULL,WINDOWS_v100_X64_']);
  assert.equal(list.noSpace, true);
  assert.ok(list.candidates.length > 1);
  for (const { value } of list.candidates) assert.match(value, /^WINDOWS_v100_X64_GE_FULL,WINDOWS_v100_X64_\w+$/);
  assert.ok(!list.candidates.some(({ value }) => value.endsWith(',WINDOWS_v100_X64_GE_FULL')));
});

test('faults of a rehearsal', async () => {
  assert.ok((await values('rehearse', '--fault', 'thr')).includes('throttle'));
});

test('what is asked while nothing can be said is answered with nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'config.json'), 'no JSON');
  const variables = { ASSAY_CONFIG: join(directory, 'config.json') };
  const { code, stdout, stderr } = await runAssay(
    directory,
    ['__complete', '--', 'doctor', '--profile', ''],
    variables,
  );
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
  const profiles = { 'good-one': {}, '$(touch x)': {}, 'two\nlines': {}, ':files': {} };
  await writeFile(join(directory, 'config.json'), JSON.stringify({ profiles }));
  const offered = await runAssay(directory, ['__complete', '--', 'doctor', '--profile', ''], variables);
  assert.equal(offered.stdout, 'microsoft\t\nlocal\t\ngood-one\t\n');
  const newWord = await runAssay(directory, ['__complete', '--new-word', '--', 'doctor', '-o'], {});
  assert.match(newWord.stdout, /^table\t$/m);
});

/** A folder whose `assay` is this one, with a file and a profile. */
async function shellDirectory(t: TestContext): Promise<{ directory: string; variables: Record<string, string> }> {
  const directory = await temporaryDirectory(t);
  await symlink(PROGRAM, join(directory, 'assay'));
  await writeFile(join(directory, 'echo driver.cab'), '');
  await writeFile(join(directory, 'config.json'), JSON.stringify({ profiles: { staging: { url: 'https://s' } } }));
  const { PATH = '', HOME = '' } = process.env;
  const variables = { PATH: `${directory}:${join(process.execPath, '..')}:${PATH}`, HOME };
  return { directory, variables: { ...variables, ASSAY_CONFIG: join(directory, 'config.json') } };
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0;
}

/** What bash has in COMPREPLY after the tab key behind `line`; the words are those into which bash parts it. */
const BASH_TEST = `
eval "$(assay completion bash)"
COMP_LINE="$1"; COMP_POINT=\${#COMP_LINE}; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_assay
printf '%s\\n' "\${COMPREPLY[@]}"
`;

test('the script of bash', { skip: !isInstalled('bash') && 'bash is not installed' }, async (t) => {
  const { directory, variables } = await shellDirectory(t);
  const reply = (line: string, ...words: string[]) =>
    execFileSync('bash', ['-c', BASH_TEST, 'bash', line, ...words], {
      cwd: directory,
      env: variables,
      encoding: 'utf8',
    })
      .trimEnd()
      .split('\n');
  assert.deepEqual(reply('assay doct', 'assay', 'doct'), ['doctor']);
  assert.deepEqual(reply('assay doctor  -o js', 'assay', 'doctor', '-o', 'js'), ['json', 'jsonl']);
  assert.ok(reply('assay config ', 'assay', 'config', '').includes('use'));
  assert.deepEqual(reply('assay doctor --profile sta', 'assay', 'doctor', '--profile', 'sta'), ['staging']);
  assert.deepEqual(reply('assay doctor --output=js', 'assay', 'doctor', '--output', '=', 'js'), ['json', 'jsonl']);
  assert.ok(reply('assay doctor --output=', 'assay', 'doctor', '--output', '=').includes('yaml'));
  assert.deepEqual(reply('assay config set clientI', 'assay', 'config', 'set', 'clientI'), ['clientId=']);
  assert.deepEqual(reply('assay inspect ech', 'assay', 'inspect', 'ech'), ['echo driver.cab']);
  assert.deepEqual(reply('assay nonsense ', 'assay', 'nonsense', ''), ['']);
});

test('the script of bash is complete for its readline', {
  skip: !isInstalled('bash') && 'bash is not installed',
}, () => {
  const script = `${COMPLETION_SCRIPTS.bash}\ncomplete -p assay`;
  assert.equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), 'complete -F _assay assay\n');
});

/** `compadd` prints instead of keeping: the function then needs no terminal. */
const ZSH_TEST = `
compdef() { :; }
_files() { print -r -- ':files' }
compadd() { print -rl -- "\${values[@]}" }
eval "$(assay completion zsh)"
words=("$@"); CURRENT=$#; PREFIX=\${words[-1]}
_assay
`;

test('the script of zsh', { skip: !isInstalled('zsh') && 'zsh is not installed' }, async (t) => {
  const { directory, variables } = await shellDirectory(t);
  const reply = (...words: string[]) =>
    execFileSync('zsh', ['-fc', ZSH_TEST, 'zsh', ...words], { cwd: directory, env: variables, encoding: 'utf8' })
      .trimEnd()
      .split('\n');
  assert.deepEqual(reply('assay', 'doct'), ['doctor']);
  assert.deepEqual(reply('assay', 'doctor', '--profile', 'sta'), ['staging']);
  assert.deepEqual(reply('assay', 'doctor', '--output=js'), ['--output=json', '--output=jsonl']);
  assert.ok(reply('assay', 'config', '').includes('use'));
  assert.deepEqual(reply('assay', 'inspect', 'ech'), [':files']);
});

test('the script of fish', { skip: !isInstalled('fish') && 'fish is not installed' }, async (t) => {
  const { directory, variables } = await shellDirectory(t);
  const reply = (line: string) =>
    execFileSync('fish', ['-N', '-c', 'assay completion fish | source; complete -C $argv[1]', line], {
      cwd: directory,
      env: variables,
      encoding: 'utf8',
    })
      .trimEnd()
      .split('\n')
      .map((found) => found.split('\t')[0]);
  assert.deepEqual(reply('assay doct'), ['doctor']);
  assert.deepEqual(reply('assay doctor --profile sta'), ['staging']);
  assert.ok(reply('assay config ').includes('use'));
  assert.deepEqual(reply('assay inspect ech'), ['echo driver.cab']);
});
