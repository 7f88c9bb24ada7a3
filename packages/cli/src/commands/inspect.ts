// `assay inspect`: shows what is in a signed file, without judging it.
import { describeFile, type FileDescription } from '@assay/authenticode';
import { Command } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { printDescription } from '../inspecting/print-description.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { withFile } from '../with-file.ts';

interface InspectOptions extends OutputOptions {
  readonly members: boolean;
}

async function inspect(paths: readonly string[], options: InspectOptions): Promise<void> {
  const described: { readonly file: string; readonly description: FileDescription }[] = [];
  const { members } = options;
  for (const file of paths) {
    described.push({ file, description: await withFile(file, (source) => describeFile(source, { members })) });
  }
  const print = (): void => {
    for (const [index, { file, description }] of described.entries()) {
      if (index > 0) process.stdout.write('\n');
      printDescription(file, description);
    }
  };
  const files = described.map(({ file, description }) => ({ file, ...description }));
  await printResult({ files }, { print }, options);
  const faulty = described.filter(({ description }) => description.faults.length > 0);
  if (faulty.length > 0) {
    const names = faulty.map(({ file }) => file).join(', ');
    throw new CommandError(EXIT.validationFailed, `${names}: not everything in it could be read.`);
  }
}

export function inspectCommand(): Command {
  return addOutputOptions(new Command('inspect'))
    .argument('<file...>', 'images, catalogs, cabinets, HLKX packages')
    .option('--no-members', 'only count what is in catalogs, cabinets and packages')
    .addHelpText(
      'after',
      '\nExamples:\n  assay inspect echo.sys\n  assay inspect signed.cab --no-members -o yaml\n\nIt says what the file claims; assay verify says what of that is true.\nExit code 10 when a part of a file cannot be read.',
    )
    .action(inspect);
}
