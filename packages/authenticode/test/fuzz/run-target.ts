// Runs many cases of one target with fast-check, and counts what came of them.
import fc from 'fast-check';
import { damaged, fuzzCase } from './damage.ts';
import { type FuzzTarget, runCase } from './fuzz-target.ts';
import { randomDer } from './random-der.ts';
import { startStallWatch } from './stall-watch.ts';

export interface FuzzSummary {
  readonly name: string;
  readonly cases: number;
  readonly seed: number;
  /** Cases that the reader took for valid. */
  readonly accepted: number;
  /** How many different ways of refusing were seen. */
  readonly codes: number;
  readonly seconds: number;
  /** Processor time of the slowest case. */
  readonly slowestMilliseconds: number;
}

/** Random trees among the damaged samples: one case in ten. */
const input = (samples: readonly Uint8Array[]) =>
  fc.oneof({ weight: 9, arbitrary: fuzzCase.map((one) => damaged(one, samples)) }, { weight: 1, arbitrary: randomDer });

/**
 * Runs `cases` cases. Throws what fast-check reports, with seed and path of the failing case and its input in hexadecimal,
 * when one of them fails, and an Error when a sample is not accepted.
 */
export async function runTarget(target: FuzzTarget, cases: number, seed: number): Promise<FuzzSummary> {
  const samples = await target.samples();
  for (const [index, sample] of samples.entries()) {
    const { outcome } = await runCase(target, sample);
    if (outcome !== 'accepted') throw new Error(`${target.name}: sample ${index} is refused: ${outcome}`);
  }
  const outcomes = new Map<string, number>();
  let slowestMilliseconds = 0;
  const started = performance.now();
  const watch = startStallWatch(target.name);
  const property = fc.asyncProperty(input(samples), async (bytes) => {
    watch.begin(bytes);
    const { outcome, milliseconds } = await runCase(target, bytes);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    slowestMilliseconds = Math.max(slowestMilliseconds, milliseconds);
  });
  try {
    await fc.assert(property, { numRuns: cases, seed });
  } finally {
    await watch.stop();
  }
  const accepted = outcomes.get('accepted') ?? 0;
  return {
    name: target.name,
    cases,
    seed,
    accepted,
    codes: outcomes.size - (accepted > 0 ? 1 : 0),
    seconds: (performance.now() - started) / 1000,
    slowestMilliseconds,
  };
}
