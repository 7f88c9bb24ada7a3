// A test that holds behaviours of the list, and the list of which test holds which.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BEHAVIOURS } from './behaviours.ts';

/** Longest that a test may take, in milliseconds: one that waits for something that never comes must end. */
const TIME_LIMIT = 180_000;

/** Defines a test that holds one behaviour, or several at once. Throws Error for a number that is not in the list. */
export function held(number: string | readonly string[], run: (t: TestContext) => Promise<void>): void {
  const numbers = [number].flat();
  const sentences = numbers.map((each) => {
    const behaviour = BEHAVIOURS.get(each);
    if (behaviour === undefined) throw new Error(`${each} is not in the list of behaviours`);
    return behaviour.sentence;
  });
  test(`[${numbers.join(', ')}] ${sentences.join(' ')}`, { timeout: TIME_LIMIT }, run);
}

/** Behaviour number → the files, relative to `test/compatibility`, whose tests hold it. */
export function findHolders(): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>();
  for (const file of globSync('*.test.ts', { cwd: import.meta.dirname }).toSorted()) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8');
    for (const [, numbers = ''] of text.matchAll(/\bheld\(\s*(\[[^\]]*\]|'[^']*')/g)) {
      for (const [number] of numbers.matchAll(/C-\d{3}/g)) {
        holders.set(number, [...new Set([...(holders.get(number) ?? []), file])]);
      }
    }
  }
  return holders;
}
