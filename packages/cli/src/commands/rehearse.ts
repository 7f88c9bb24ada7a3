// `assay rehearse`: runs any client of the Microsoft Hardware API, as it is, against a service that is thrown away afterwards.
import { Command } from 'commander';
import type { BehaviourOptions } from '../rehearsing/rehearsal-settings.ts';

interface RehearseOptions extends BehaviourOptions {
  readonly hosts?: boolean;
  readonly certificate?: readonly string[];
  readonly env?: readonly string[];
  readonly codes?: string;
  readonly keep?: string;
  readonly ca?: string;
  readonly report?: string;
  readonly quiet?: boolean;
  readonly serve?: boolean;
}

const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

async function requireTemplates(templates: readonly string[]): Promise<void> {
  const { EnvironmentTemplateError, parseEnvironmentTemplate } = await import('@assay/server');
  const { CommandError, EXIT } = await import('../exit-codes.ts');
  try {
    for (const template of templates) parseEnvironmentTemplate(template);
  } catch (error) {
    if (!(error instanceof EnvironmentTemplateError)) throw error;
    throw new CommandError(EXIT.usage, `--env: ${error.message}`);
  }
}

async function run(command: readonly string[], options: RehearseOptions): Promise<void> {
  const { CommandError, EXIT } = await import('../exit-codes.ts');
  const serves = options.serve === true;
  if (serves === command.length > 0) {
    const message = serves ? '--serve runs no command.' : 'There is no command to rehearse.';
    throw new CommandError(
      EXIT.usage,
      message,
      'For example: assay rehearse -- python3 attest.py driver.cab signed.zip',
    );
  }
  // Loaded here, so that the other commands start without the server.
  const { CodesFileError } = await import('@assay/server');
  const { readSettings } = await import('../rehearsing/rehearsal-settings.ts');
  const { rehearse } = await import('../rehearsing/rehearse.ts');
  await requireTemplates(options.env ?? []);
  const settings = await readSettings(options);
  process.exitCode = await rehearse({
    command,
    settings,
    hosts: options.hosts === true,
    certificates: options.certificate ?? [],
    environment: options.env ?? [],
    quiet: options.quiet === true,
    ...(options.codes === undefined ? {} : { codesFile: options.codes }),
    ...(options.keep === undefined ? {} : { keep: options.keep }),
    ...(options.ca === undefined ? {} : { authorityFile: options.ca }),
    ...(options.report === undefined ? {} : { reportFile: options.report }),
  }).catch((error: unknown) => {
    if (!(error instanceof CodesFileError)) throw error;
    throw new CommandError(EXIT.usage, error.message, 'See docs/guide/operating-system-codes.md.');
  });
}

export function rehearseCommand(): Command {
  return new Command('rehearse')
    .usage('[options] -- COMMAND [ARGUMENT...]')
    .argument('[command...]', 'the client to run, with its arguments, after --')
    .option('--hosts', 'lead the host names themselves here, for clients that honour no proxy (needs root)')
    .option('--allow-unsigned', 'take packages that are not signed, or not by a registered certificate')
    .option('--certificate <file>', 'accept packages signed by this certificate; repeatable', collect)
    .option(
      '--fault <name[:argument]>',
      'let something go wrong, such as throttle:2 or fail:scanning; repeatable',
      collect,
    )
    .option('--script <file>', 'YAML or JSON with seed, speed, steps, faults, assertions and seedData')
    .option('--seed <number>', 'decides what is left to chance (default: 1)')
    .option('--speed <speed>', 'instant, brisk, realistic, or a factor such as 0.1 of realistic (default: instant)')
    .option('--step <name=duration>', 'how long a workflow step lasts, such as scanning=30s; repeatable', collect)
    .option('--assert <text>', 'what must hold in the end, such as "products = 1"; repeatable', collect)
    .option(
      '--env <name=template>',
      'another variable for the command, such as HDC_SECRET={clientSecret}; repeatable',
      collect,
    )
    .option('--codes <file>', 'JSON file with codes of systems and product types beside the built-in ones')
    .option('--ca <file>', 'write the certificate there that verifies what the rehearsal signed')
    .option('--keep <dir>', 'keep the data of the service in this new folder')
    .option('--report <file>', 'write every call, the submissions and the assertions there, as JSON')
    .option('--quiet', 'report only warnings and assertions that did not hold')
    .option('--serve', 'run no command: print the variables for other terminals and wait for Ctrl-C')
    .addHelpText(
      'after',
      [
        '',
        'The command finds the service under the names of Microsoft, gets credentials in AZURE_* and SDCM_CREDS_* variables,',
        'and reaches nothing else through its proxy. Its own credentials are taken out of its environment. stdout is the',
        "command's; the report goes to stderr.",
        '',
        'Examples:',
        '  assay rehearse -- python3 attest.py driver.cab signed.zip',
        '  assay rehearse --fault throttle:3 --fault lost --assert "products = 1" -- ./release.sh',
        '  assay rehearse --env HDC_SECRET={clientSecret} --allow-unsigned -- node submit.mjs',
        '',
        "Exit code: the command's own; 10 when it was 0 and an assertion did not hold; 128 and the number of a signal.",
      ].join('\n'),
    )
    .action(run);
}
