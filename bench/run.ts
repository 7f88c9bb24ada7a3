// `npm run bench`: measures Assay beside the barest thing that could do the same job, in one run on one machine. The ratios are
// what to look at; the absolute numbers belong to the machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchLargePackage } from './large-package.ts';
import { benchLint } from './lint.ts';
import { benchLists } from './lists.ts';
import { benchReads } from './reads.ts';
import { startService } from './service.ts';
import { benchSigning } from './signing.ts';
import { benchStart } from './start.ts';
import { benchSubmissions } from './submissions.ts';
import { benchTenantTiming } from './tenant-timing.ts';
import { benchTokens } from './tokens.ts';
import { benchTransfers } from './transfers.ts';

const FULL = {
  submissions: { count: 40, rounds: 3 },
  reads: { milliseconds: 3000, rounds: 5 },
  transfers: { mebibytes: 256, rounds: 5 },
  tokens: { milliseconds: 2000, rounds: 3 },
  tenants: { submissions: 2000, rounds: 10 },
  lists: { large: 1_000_000, milliseconds: 2000, rounds: 3 },
  signing: { images: [64, 1024], catalogFiles: 1000, rounds: 3 },
  start: { rounds: 30 },
  lint: { infs: 100, rounds: 5 },
  packages: { small: 10, large: 1024 },
};
const QUICK = {
  submissions: { count: 8, rounds: 1 },
  reads: { milliseconds: 500, rounds: 3 },
  transfers: { mebibytes: 32, rounds: 3 },
  tokens: { milliseconds: 500, rounds: 3 },
  tenants: { submissions: 200, rounds: 4 },
  lists: { large: 20_000, milliseconds: 500, rounds: 3 },
  signing: { images: [16], catalogFiles: 100, rounds: 1 },
  start: { rounds: 5 },
  lint: { infs: 100, rounds: 3 },
  packages: { small: 10, large: 32 },
};

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const size = values.quick ? QUICK : FULL;
if (values.only !== undefined && !['service', 'lists', 'signing', 'start', 'lint', 'packages'].includes(values.only)) {
  console.error(`--only takes service, lists, signing, start, lint or packages, not ${values.only}.`);
  process.exit(2);
}
const wanted = (part: string): boolean => values.only === undefined || values.only === part;

const directory = await mkdtemp(join(tmpdir(), 'assay-bench-'));
try {
  console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`);
  if (wanted('service')) {
    const service = await startService(join(directory, 'data'));
    try {
      await benchSubmissions(service, size.submissions);
      await benchReads(service, size.reads);
      await benchTokens(service, size.tokens);
      await benchTenantTiming(service, size.tenants, join(directory, 'data'));
      await benchTransfers(service, size.transfers, directory);
    } finally {
      await service.stop();
    }
  }
  if (wanted('lists')) await benchLists(directory, size.lists);
  if (wanted('signing')) await benchSigning(directory, size.signing);
  if (wanted('start')) await benchStart(directory, size.start);
  if (wanted('lint')) await benchLint(directory, size.lint);
  if (wanted('packages')) await benchLargePackage(directory, size.packages);
} finally {
  await rm(directory, { recursive: true, force: true });
}
