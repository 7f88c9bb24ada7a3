// Every migration, in the order in which it is applied. A migration that has been released is never changed.
import type { Migration } from 'kysely/migration';
import { firstSlice } from './0001-first-slice.ts';
import { audit } from './0002-audit.ts';
import { shippingLabels } from './0003-shipping-labels.ts';
import { sharing } from './0004-sharing.ts';
import { preprod } from './0005-preprod.ts';
import { identity } from './0006-identity.ts';
import { throttle } from './0008-throttle.ts';
import { timeStamps } from './0009-time-stamps.ts';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-slice': firstSlice,
  '0002-audit': audit,
  '0003-shipping-labels': shippingLabels,
  '0004-sharing': sharing,
  '0005-preprod': preprod,
  '0006-identity': identity,
  '0008-throttle': throttle,
  '0009-time-stamps': timeStamps,
};
