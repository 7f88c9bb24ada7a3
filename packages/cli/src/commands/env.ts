// `assay env`: the environment variables that have a meaning here, and which of them are set.
import { Command } from 'commander';
import { ENVIRONMENT_VARIABLES } from '../environment.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';

interface EnvOptions extends OutputOptions {
  readonly set?: boolean;
}

async function env(options: EnvOptions): Promise<void> {
  const variables = Object.entries(ENVIRONMENT_VARIABLES)
    .map(([name, { meaning, secret = false }]) => {
      const value = process.env[name];
      return { name, set: value !== undefined, value: value && secret ? '***' : value, secret, meaning };
    })
    .filter(({ set }) => set || options.set !== true);
  const rows = variables.map(({ name, value, meaning }) => [name, value ?? '-', meaning.replaceAll('`', '')]);
  await printResult(variables, { headings: ['VARIABLE', 'VALUE', 'MEANING'], rows }, options);
}

export function envCommand(): Command {
  return addOutputOptions(new Command('env').option('--set', 'only those that are set'))
    .addHelpText('after', '\nExamples:\n  assay env --set\n  assay env -o json')
    .action(env);
}
