// Every migration, in the order in which it is applied. A migration that has been released is never changed.
import type { Migration } from 'kysely/migration';
import { firstSlice } from './0001-first-slice.ts';
import { audit } from './0002-audit.ts';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-slice': firstSlice,
  '0002-audit': audit,
};
