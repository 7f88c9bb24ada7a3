// A short run of every fuzz target; the long one is run-fuzz.ts. ASSAY_FUZZ_SEED repeats a run.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { TARGETS } from './all-targets.ts';
import { runTarget } from './run-target.ts';

const CASES = 400;
const seed = Number(process.env.ASSAY_FUZZ_SEED ?? randomInt(2 ** 31));

for (const target of TARGETS) {
  test(`${target.name}: ${CASES} damaged and random inputs are read or refused`, { timeout: 60_000 }, async (t) => {
    t.diagnostic(`seed ${seed}`);
    const { accepted, codes } = await runTarget(target, CASES, seed);
    assert.ok(codes > 0 && accepted < CASES, 'some inputs are refused');
  });
}
