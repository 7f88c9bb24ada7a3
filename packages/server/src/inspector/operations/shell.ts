// The shell of an HLK package, from which derived submissions are made: writes it, and tells whether a package comes from it.
import { type ByteSource, ParseError, SigningError, streamSource } from '@assay/authenticode';
import { checkMadeFromShell, makeHlkxShell } from '@assay/driver-package';
import type { CompareShellAnswer, CompareShellRequest, MakeShellAnswer, MakeShellRequest } from '../protocol.ts';
import { withFile, writeStream } from './open-file.ts';

/** Writes `request.into`. Throws ParseError when the file is no HLK package, or one that cannot be written anew. */
export async function makeShell({ file, into, label, limits }: MakeShellRequest): Promise<MakeShellAnswer> {
  return await withFile(file, async (source) => {
    let shell: ByteSource;
    try {
      shell = await makeHlkxShell(source, label, { totalBytes: limits.totalBytes });
    } catch (error) {
      // It is the package that is too large, which is no fault of ours.
      if (error instanceof SigningError) throw new ParseError('zip', error.code, error.message);
      throw error;
    }
    return await writeStream(into, streamSource(shell));
  });
}

/** What keeps the package from being the shell with drivers in it. Throws ParseError when one of both is malformed. */
export async function compareShell({ file, shell, limits }: CompareShellRequest): Promise<CompareShellAnswer> {
  return await withFile(file, (source) =>
    withFile(shell, async (shellSource) => ({
      findings: await checkMadeFromShell(source, shellSource, { totalBytes: limits.totalBytes }),
    })),
  );
}
