// `npm run demo`: `assay demo` with out/ in the repository as its folder, wherever it is started from.
import { join } from 'node:path';
import { main } from '@assay/cli';

await main([process.execPath, 'assay', 'demo', '--out', join(import.meta.dirname, '..', 'out')]);
