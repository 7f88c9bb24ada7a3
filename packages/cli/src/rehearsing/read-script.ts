// Reads the script of a rehearsal from a file: YAML, of which JSON is a part.
import { readFile } from 'node:fs/promises';
import type { RehearsalScript } from '@assay/server';
import { CommandError, EXIT } from '../exit-codes.ts';

const REMEDY = 'See docs/reference/faults.md.';

/** Throws CommandError that names the file, and the place in it, when it is no script. */
export async function readScript(path: string): Promise<RehearsalScript> {
  const [{ parse }, { FaultScriptError, parseRehearsalScript }] = await Promise.all([
    import('yaml'),
    import('@assay/server'),
  ]);
  const text = await readFile(path, 'utf8');
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.usage, `${path} is not YAML: ${reason}`, REMEDY);
  }
  try {
    return parseRehearsalScript(document);
  } catch (error) {
    if (!(error instanceof FaultScriptError)) throw error;
    throw new CommandError(EXIT.usage, `${path}: ${error.message}`, REMEDY);
  }
}
