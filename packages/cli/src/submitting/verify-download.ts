// Verifies a signed package before it gets its name, with what `assay verify` does.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_DATA_DIRECTORY } from '../credentials.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { readAnchors, verifyPath } from '../verifying/verify-path.ts';

export interface VerifyDownloadOptions {
  /** PEM files of the certificates to trust; the CA of the data folder when there are none. */
  readonly trust: readonly string[];
  readonly data?: string | undefined;
}

async function trustedFiles({ trust, data }: VerifyDownloadOptions): Promise<readonly string[]> {
  if (trust.length > 0) return trust;
  const path = join(data ?? DEFAULT_DATA_DIRECTORY, 'ca.pem');
  return access(path).then(
    () => [path],
    () => [],
  );
}

/**
 * A check for a downloaded package. The certificates are read at once, so that a wrong name is told before any work is done.
 * Throws CommandError (signature problem) when anything in the package did not verify.
 */
export async function createVerification(options: VerifyDownloadOptions): Promise<(path: string) => Promise<void>> {
  const files = await trustedFiles(options);
  if (files.length === 0) {
    throw new CommandError(EXIT.usage, '--verify needs to know whom to trust.', 'Pass --trust ca.pem.');
  }
  const anchors = await readAnchors(files);
  return async (path) => {
    const items = await verifyPath(path, { anchors, timestampAnchors: anchors });
    const failed = items.filter(({ ok }) => !ok);
    if (failed.length === 0) return;
    const problems = failed.flatMap(({ file, problems: found }) =>
      found.map(({ code, message }) => `${file.replace(`${path}: `, '')}: ${message} (${code})`),
    );
    throw new CommandError(
      EXIT.inputOutput,
      [`${failed.length} of ${items.length} did not verify.`, ...new Set(problems)].join('\n'),
      'The package stays under the name of the download with .unverified added.',
    );
  };
}
