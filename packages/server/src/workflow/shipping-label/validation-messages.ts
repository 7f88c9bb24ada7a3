// Faults of a label as messages of its workflow status.
import type { ValidationError } from '@assay/hardware-api';

/** Messages that one answer carries at most: a label may name thousands of hardware ids. */
const MOST_MESSAGES = 50;

/** One message for each fault, and one for those that are left out. */
export function faultMessages(faults: readonly ValidationError[]): string[] {
  const messages = faults.slice(0, MOST_MESSAGES).map(({ message }) => message);
  const left = faults.length - messages.length;
  return left > 0 ? [...messages, `${left} more faults of this kind are not listed.`] : messages;
}
