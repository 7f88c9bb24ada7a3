// The documents that are derived from the code: where each one is kept, and how it is written.
import { writeCompatibility } from './compatibility.ts';
import { writeConfiguration } from './configuration.ts';
import { writeErrors } from './errors.ts';
import { writeFaults } from './faults.ts';
import { writeInfRules } from './inf-rules.ts';
import { writeOpenApi } from './openapi.ts';

export interface GeneratedDocument {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly write: () => Promise<string>;
}

export const DOCUMENTS: readonly GeneratedDocument[] = [
  { path: 'docs/reference/openapi.json', write: writeOpenApi },
  { path: 'docs/reference/errors.md', write: writeErrors },
  { path: 'docs/reference/faults.md', write: writeFaults },
  { path: 'docs/reference/inf-rules.md', write: writeInfRules },
  { path: 'docs/reference/configuration.md', write: writeConfiguration },
  { path: 'docs/compatibility.md', write: writeCompatibility },
];
