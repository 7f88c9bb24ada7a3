// `assay lint`: what is wrong with an INF or a driver package, with InfVerif's numbers, before anything is submitted.
import { checkDriver, checkDriversTogether, type Finding, MODES, type Mode } from '@assay/driver-package';
import { Command, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { readLintInput } from '../linting/lint-input.ts';
import { printFindings } from '../linting/print-findings.ts';
import { readWaivers } from '../linting/read-waivers.ts';
import { toSarif } from '../linting/sarif.ts';
import { printJson } from '../output.ts';
import { readVersion } from '../version.ts';

interface LintOptions {
  readonly mode?: Mode;
  readonly waivers?: string;
  readonly output: 'text' | 'json' | 'sarif';
}

function byPlace(a: Finding, b: Finding): number {
  const [left, right] = [a.file ?? '', b.file ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

async function lint(paths: readonly string[], options: LintOptions): Promise<void> {
  const waivers = options.waivers === undefined ? [] : await readWaivers(options.waivers);
  const findings: Finding[] = [];
  let infs = 0;
  for (const path of paths) {
    const input = await readLintInput(path);
    findings.push(...input.findings);
    findings.push(...checkDriversTogether(input.drivers));
    for (const driver of input.drivers) {
      infs += driver.infs.length;
      const found = checkDriver(driver, { mode: options.mode, waivers });
      findings.push(...found.filter(({ rule }) => !input.withoutRules.has(rule)));
    }
  }
  findings.sort(byPlace);
  if (options.output === 'json') printJson({ findings });
  else if (options.output === 'sarif') printJson(toSarif(findings, readVersion()));
  else printFindings(findings, infs);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new CommandError(EXIT.validationFailed, `${errors} ${errors === 1 ? 'error' : 'errors'}.`);
}

export function lintCommand(): Command {
  return new Command('lint')
    .argument('<path...>', 'INF files, folders of drivers, cabinets, HLKX packages')
    .addOption(
      new Option(
        '--mode <mode>',
        'how strictly: k declarative, u universal, w Windows driver, h for a WHQL signature; basic rules when absent',
      ).choices(MODES),
    )
    .option('--waivers <file>', 'JSON file with findings that may stay, each with a reason')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(['text', 'json', 'sarif']).default('text'))
    .addHelpText(
      'after',
      '\nExamples:\n  assay lint echo.inf\n  assay lint build/echo --mode w\n  assay lint echo.cab -o sarif > findings.sarif\n\nThe numbers are those of InfVerif; docs/reference/inf-rules.md lists the rules. An INF by itself is held against the rules\nabout INFs; a folder or a package also against those about the files in it. Exit code 10 when there are errors.',
    )
    .action(lint);
}
