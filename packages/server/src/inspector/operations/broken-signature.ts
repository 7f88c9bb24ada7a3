// Tells signatures that do not hold from those that somebody may merely not trust.
import type { FileVerification } from '@assay/authenticode';

/** Faults that another signature beside the broken one does not mend: Windows looks at the first. */
const BROKEN: ReadonlySet<string> = new Set(['digestMismatch', 'badSignature', 'malformed']);

/** What is wrong with a signature in the file, trust aside; undefined when nothing is. */
export function brokenSignature({ signatures, problems }: FileVerification): string | undefined {
  const all = [...problems, ...signatures.flatMap((signature) => signature.problems)];
  return all.find(({ code }) => BROKEN.has(code))?.message;
}
