// What clients in the field depend on, as a numbered list: what the server does, and who stops working without it. Each is
// held by a test that names its number; docs/compatibility.md is written from this list and those tests.
import { ANSWERS } from './behaviours/answers.ts';
import { BLOBS } from './behaviours/blobs.ts';
import { FLOWS } from './behaviours/flows.ts';
import { REFUSALS } from './behaviours/refusals.ts';
import { REQUESTS } from './behaviours/requests.ts';
import { TOKENS } from './behaviours/tokens.ts';
import type { Client } from './clients.ts';

export interface Behaviour {
  /** One sentence: what the server does. */
  readonly sentence: string;
  readonly clients: readonly Client[];
}

export interface BehaviourGroup {
  readonly title: string;
  /** Behaviours by number, `C-` and three digits. */
  readonly behaviours: Readonly<Record<string, Behaviour>>;
}

export const BEHAVIOUR_GROUPS: readonly BehaviourGroup[] = [
  { title: 'Tokens', behaviours: TOKENS },
  { title: 'Paths and requests', behaviours: REQUESTS },
  { title: 'Answers', behaviours: ANSWERS },
  { title: 'Refusals', behaviours: REFUSALS },
  { title: 'Packages: upload and download', behaviours: BLOBS },
  { title: 'Whole flows', behaviours: FLOWS },
];

/** Every behaviour by its number. */
export const BEHAVIOURS: ReadonlyMap<string, Behaviour> = new Map(
  BEHAVIOUR_GROUPS.flatMap(({ behaviours }) => Object.entries(behaviours)),
);
