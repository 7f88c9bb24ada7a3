// `assay inspect`: shows what is in a signed file, without judging it.
import { describeFile, type FileDescription } from '@assay/authenticode';
import { Command, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { printDescription } from '../inspecting/print-description.ts';
import { OUTPUT_FORMATS, type OutputFormat, printJson } from '../output.ts';
import { withFile } from '../with-file.ts';

interface InspectOptions {
  readonly members: boolean;
  readonly output: OutputFormat;
}

async function inspect(files: readonly string[], options: InspectOptions): Promise<void> {
  const described: { readonly file: string; readonly description: FileDescription }[] = [];
  const { members } = options;
  for (const file of files) {
    described.push({ file, description: await withFile(file, (source) => describeFile(source, { members })) });
  }
  if (options.output === 'json') {
    printJson({ files: described.map(({ file, description }) => ({ file, ...description })) });
  } else {
    for (const [index, { file, description }] of described.entries()) {
      if (index > 0) process.stdout.write('\n');
      printDescription(file, description);
    }
  }
  const faulty = described.filter(({ description }) => description.faults.length > 0);
  if (faulty.length > 0) {
    const names = faulty.map(({ file }) => file).join(', ');
    throw new CommandError(EXIT.validationFailed, `${names}: not everything in it could be read.`);
  }
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .argument('<file...>', 'images, catalogs, cabinets, HLKX packages')
    .option('--no-members', 'only count what is in catalogs, cabinets and packages')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS).default('table'))
    .addHelpText(
      'after',
      '\nIt says what the file claims; assay verify says what of that is true.\nExit code 10 when a part of a file cannot be read.',
    )
    .action(inspect);
}
