// The option with which a command knows the same codes as a service that was started with them.
import { readFileSync } from 'node:fs';
import { BUILT_IN_CODES, CodeExtensionError, createCodeTables, parseCodeExtension } from '@assay/hardware-api';
import { InvalidArgumentError, Option } from 'commander';

function readCodesFile(path: string) {
  try {
    return createCodeTables(parseCodeExtension(readFileSync(path, 'utf8')));
  } catch (error) {
    if (!(error instanceof CodeExtensionError)) throw new InvalidArgumentError((error as Error).message);
    throw new InvalidArgumentError(error.faults.map((fault) => `\n  ${fault}`).join(''));
  }
}

/** `--codes FILE`; its value is the tables of codes, the built-in ones without it. */
export function codesOption(): Option {
  return new Option('--codes <file>', 'JSON file of codes that are added to the built-in ones')
    .argParser(readCodesFile)
    .default(BUILT_IN_CODES, 'none');
}
