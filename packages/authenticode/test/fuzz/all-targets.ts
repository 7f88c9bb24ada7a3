// Every fuzz target.
import { targets as der } from './der.fuzz.ts';
import { targets as files } from './files.fuzz.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { targets as keys } from './keys.fuzz.ts';
import { targets as packages } from './packages.fuzz.ts';
import { targets as timestamps } from './timestamps.fuzz.ts';
import { targets as x509 } from './x509.fuzz.ts';

export const TARGETS: readonly FuzzTarget[] = [...der, ...x509, ...keys, ...files, ...timestamps, ...packages];
