// Each hostile sample is refused as it should be: by ParseError, naming the reason and the place, at once, and without
// taking memory for what the sample only claims.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParseError } from '../../src/index.ts';
import { FILES } from './files.ts';
import { KEYS_AND_STAMPS } from './keys-and-stamps.ts';
import { PACKAGES_AND_PARTS } from './packages.ts';
import { STRUCTURES } from './structures.ts';

const MOST_MILLISECONDS = 1000;
/** What reading one sample may add to the most memory that the process ever held. */
const MOST_MEBIBYTES = 96;

const cpuMilliseconds = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

for (const [reader, samples] of Object.entries({
  ...STRUCTURES,
  ...FILES,
  ...KEYS_AND_STAMPS,
  ...PACKAGES_AND_PARTS,
})) {
  describe(reader, () => {
    for (const { tries, input, read, refusal, at } of samples) {
      test(`${tries}: ${refusal}`, async () => {
        const bytes = await input();
        const memory = process.resourceUsage().maxRSS;
        const started = cpuMilliseconds();
        let refused: unknown;
        try {
          await read(bytes);
        } catch (error) {
          refused = error;
        }
        const elapsed = cpuMilliseconds() - started;
        const grown = (process.resourceUsage().maxRSS - memory) / 1024;
        assert.ok(refused instanceof ParseError, `not refused with ParseError but: ${String(refused)}`);
        assert.equal(`${refused.format}/${refused.code}`, refusal, refused.message);
        if (at !== undefined) assert.equal(refused.offset, at, refused.message);
        if (refused.offset !== undefined) assert.ok(Number.isSafeInteger(refused.offset) && refused.offset >= 0);
        assert.ok(elapsed < MOST_MILLISECONDS, `took ${elapsed} ms`);
        assert.ok(grown < MOST_MEBIBYTES, `took ${grown} MiB`);
      });
    }
  });
}
