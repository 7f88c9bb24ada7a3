// Reads the file in which the operator adds codes to the built-in tables.
import { readFile } from 'node:fs/promises';
import { CodeExtensionError, type CodeTables, createCodeTables, parseCodeExtension } from '@assay/hardware-api';

/** The file of codes cannot be used; the message names the file and every fault in it. */
export class CodesFileError extends Error {
  override readonly name = 'CodesFileError';
}

/** The built-in tables with what the file adds to them. Throws CodesFileError. */
export async function readCodesFile(path: string): Promise<CodeTables> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new CodesFileError(`The file of codes ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return createCodeTables(parseCodeExtension(text));
  } catch (error) {
    if (!(error instanceof CodeExtensionError)) throw error;
    const faults = error.faults.map((fault) => `\n  ${fault}`).join('');
    throw new CodesFileError(`The file of codes ${path} cannot be used:${faults}`, { cause: error });
  }
}
