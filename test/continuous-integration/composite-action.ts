// Runs the `run` steps of a composite action as GitHub's runner does, as far as our own action.yml needs it: inputs with their
// defaults, `env`, `if` with comparisons joined by &&, GITHUB_PATH, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, bash with -e and
// pipefail. Anything else is refused rather than guessed.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

const run = promisify(execFile);

interface ActionStep {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

export interface ActionRun {
  /** Names of the steps that ran, in order. */
  readonly ran: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What all steps printed. */
  readonly printed: string;
}

export async function readAction(path: string): Promise<Action> {
  return parse(await readFile(path, 'utf8')) as Action;
}

type Lookup = (expression: string) => string;

function substitute(text: string, lookup: Lookup): string {
  return text.replaceAll(/\$\{\{\s*([^}]+?)\s*\}\}/g, (_match, expression: string) => lookup(expression));
}

function isMet(condition: string, lookup: Lookup): boolean {
  return condition.split('&&').every((comparison) => {
    const [, left = '', operator, right] = /^\s*([\w.-]+)\s*(==|!=)\s*'([^']*)'\s*$/.exec(comparison) ?? [];
    if (operator === undefined) throw new Error(`not understood: if: ${condition}`);
    return (lookup(left) === right) === (operator === '==');
  });
}

/** `name=value` lines and `name<<END` blocks. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const [, block = '', end] = /^([\w-]+)<<(.+)$/.exec(line) ?? [];
    if (end !== undefined) {
      const stop = lines.indexOf(end, index + 1);
      outputs[block] = lines.slice(index + 1, stop).join('\n');
      index = stop;
    } else if (line.includes('=')) {
      outputs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    }
  }
  return outputs;
}

/** Runs the action. `replace` gives other scripts to steps by name. Throws what a step fails with. */
export async function runAction(
  action: Action,
  options: {
    readonly inputs: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly actionPath: string;
    readonly replace?: Readonly<Record<string, string>>;
  },
): Promise<ActionRun> {
  const { inputs, cwd, actionPath } = options;
  for (const name of Object.keys(inputs)) {
    if (!(name in action.inputs)) throw new Error(`the action has no input ${name}`);
  }
  const temporary = await mkdtemp(join(cwd, 'runner-'));
  const files = { GITHUB_PATH: 'path', GITHUB_STEP_SUMMARY: 'summary' };
  for (const name of Object.values(files)) await writeFile(join(temporary, name), '');
  const outputs = new Map<string, Record<string, string>>();
  const lookup: Lookup = (expression) => {
    const [, input] = /^inputs\.([\w-]+)$/.exec(expression) ?? [];
    if (input !== undefined) return inputs[input] ?? action.inputs[input]?.default ?? '';
    const [, step = '', output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
    if (output !== undefined) return outputs.get(step)?.[output] ?? '';
    throw new Error(`not understood: \${{ ${expression} }}`);
  };
  const ran: string[] = [];
  let printed = '';
  for (const step of action.runs.steps) {
    if (step.shell !== 'bash' || step.run === undefined) throw new Error(`${step.name}: only bash steps are run`);
    if (step.run.includes('${{')) throw new Error(`${step.name}: an input would become code`);
    if (step.if !== undefined && !isMet(step.if, lookup)) continue;
    const output = join(temporary, `output-${ran.length}`);
    await writeFile(output, '');
    const added = (await readFile(join(temporary, files.GITHUB_PATH), 'utf8'))
      .split('\n')
      .filter((line) => line !== '');
    const result = await run(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', options.replace?.[step.name] ?? step.run],
      {
        cwd,
        maxBuffer: 16 * 1024 * 1024,
        env: {
          ...options.environment,
          PATH: [...added.reverse(), options.environment.PATH ?? ''].join(':'),
          CI: 'true',
          GITHUB_ACTIONS: 'true',
          GITHUB_ACTION_PATH: actionPath,
          RUNNER_TEMP: temporary,
          GITHUB_OUTPUT: output,
          GITHUB_PATH: join(temporary, files.GITHUB_PATH),
          GITHUB_STEP_SUMMARY: join(temporary, files.GITHUB_STEP_SUMMARY),
          ...Object.fromEntries(
            Object.entries(step.env ?? {}).map(([name, value]) => [name, substitute(value, lookup)]),
          ),
        },
      },
    );
    printed += result.stdout + result.stderr;
    ran.push(step.name);
    if (step.id !== undefined) outputs.set(step.id, parseOutputs(await readFile(output, 'utf8')));
  }
  return {
    ran,
    printed,
    outputs: Object.fromEntries(
      Object.entries(action.outputs).map(([name, { value }]) => [name, substitute(value, lookup)]),
    ),
    summary: await readFile(join(temporary, files.GITHUB_STEP_SUMMARY), 'utf8'),
  };
}
