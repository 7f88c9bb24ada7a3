// What an update does to the targeting of a shipping label: entries are asked to be added or removed, and stay pending until the
// label's workflow has published them ("Update a shipping label").
import type { CodeTables } from '../code-tables.ts';
import { combinationKey, type DriverMetadataIndex } from '../driver-metadata.ts';
import type { ValidationError } from '../errors.ts';
import { MAXIMUM_HARDWARE_IDS, type ShippingLabelChanges, type Targeting } from './shipping-label.ts';
import { missingChids } from './shipping-label-rules.ts';
import { checkAudiences, checkDistribution } from './targeting-rules.ts';

type Changes = ShippingLabelChanges['targeting'];
type HardwareId = Targeting['hardwareIds'][number];
type Chid = Targeting['chids'][number];

/** Entries of one list that a label may come to by its updates. */
const MAXIMUM_ENTRIES = 2 * MAXIMUM_HARDWARE_IDS;

/** What the changes are checked against. */
export interface TargetingFacts {
  /** Undefined when the submission has none yet. */
  readonly metadata: DriverMetadataIndex | undefined;
  readonly mustTargetChids: boolean;
  readonly audiences: ReadonlySet<string>;
  readonly codes: CodeTables;
}

export type ChangedTargeting =
  | { readonly targeting: Targeting; readonly errors: readonly [] }
  | { readonly targeting: undefined; readonly errors: readonly [ValidationError, ...ValidationError[]] };

interface Entry<State extends string> {
  readonly distributionState: State | 'pendingAdd' | 'pendingRemove' | 'added';
}

/** Whether an entry is or will be offered. */
export function isTargeted({ distributionState }: { readonly distributionState: string }): boolean {
  return ['pendingAdd', 'added', 'pendingRecovery', 'recovered'].includes(distributionState);
}

/**
 * Applies the actions of one list to the entries, by key. Adding what is there already changes nothing; removing what was
 * never published takes it out at once.
 */
function applyActions<Item extends Entry<string>>(options: {
  readonly entries: readonly Item[];
  readonly actions: readonly { readonly key: string; readonly action: 'add' | 'remove'; make(): Item | string }[];
  readonly keyOf: (item: Item) => string;
  readonly withState: (item: Item, state: 'pendingAdd' | 'pendingRemove' | 'added') => Item;
  readonly path: string;
}): { readonly entries: Item[]; readonly errors: ValidationError[] } {
  const entries = new Map(options.entries.map((item) => [options.keyOf(item), item]));
  const asked = new Map<string, 'add' | 'remove'>();
  const errors: ValidationError[] = [];
  for (const [index, { key, action, make }] of options.actions.entries()) {
    const target = `${options.path}[${index}]`;
    const earlier = asked.get(key);
    if (earlier !== undefined) {
      if (earlier !== action) errors.push({ target, message: 'The same entry is both added and removed.' });
      continue;
    }
    asked.set(key, action);
    const existing = entries.get(key);
    if (action === 'add') {
      const made = make();
      if (typeof made === 'string') errors.push({ target, message: made });
      else if (existing === undefined) entries.set(key, made);
      else if (existing.distributionState === 'pendingRemove') entries.set(key, options.withState(existing, 'added'));
      else if (!isTargeted(existing)) entries.set(key, options.withState(existing, 'pendingAdd'));
    } else if (existing === undefined) {
      errors.push({ target, message: 'The shipping label does not target this entry, so it cannot be removed.' });
    } else if (existing.distributionState === 'added' || existing.distributionState === 'recovered') {
      entries.set(key, options.withState(existing, 'pendingRemove'));
    } else if (existing.distributionState !== 'pendingRemove') {
      entries.delete(key);
    }
  }
  return { entries: [...entries.values()], errors };
}

function changeHardwareIds(targeting: Targeting, changes: Changes, metadata: DriverMetadataIndex | undefined) {
  return applyActions<HardwareId>({
    entries: targeting.hardwareIds,
    path: 'targeting.hardwareIds',
    keyOf: combinationKey,
    withState: (item, distributionState) => ({ ...item, distributionState }),
    actions: (changes.hardwareIds ?? []).map(({ action, ...combination }) => ({
      key: combinationKey(combination),
      action,
      make: () => {
        const known = metadata === undefined ? combination : metadata.find(combination);
        return known === undefined
          ? `The driver metadata of the submission holds no hardware id "${combination.pnpString}" of ${combination.infId} in bundle ${combination.bundleId} for ${combination.operatingSystemCode}. Choose a combination from the driverMetadata download.`
          : { ...known, distributionState: 'pendingAdd' };
      },
    })),
  });
}

function changeChids(targeting: Targeting, changes: Changes) {
  return applyActions<Chid>({
    entries: targeting.chids,
    path: 'targeting.chids',
    keyOf: ({ chid }) => chid.toLowerCase(),
    withState: (item, distributionState) => ({ ...item, distributionState }),
    actions: (changes.chids ?? []).map(({ action, chid }) => ({
      key: chid.toLowerCase(),
      action,
      make: () => ({ chid, distributionState: 'pendingAdd' }),
    })),
  });
}

/** One of the two limits may be replaced by the other: what the changes give stands alone. */
function changedLimits(targeting: Targeting, changes: Changes): Pick<Targeting, LimitName> {
  const given = changes.inServicePublishInfo !== undefined || changes.coEngDriverPublishInfo !== undefined;
  const { inServicePublishInfo, coEngDriverPublishInfo } = given ? changes : targeting;
  return {
    ...(inServicePublishInfo !== undefined && { inServicePublishInfo }),
    ...(coEngDriverPublishInfo !== undefined && { coEngDriverPublishInfo }),
  };
}
type LimitName = 'inServicePublishInfo' | 'coEngDriverPublishInfo';

/** The targeting after an update, or every fault of the update. */
export function applyTargetingChanges(targeting: Targeting, changes: Changes, facts: TargetingFacts): ChangedTargeting {
  const hardwareIds = changeHardwareIds(targeting, changes, facts.metadata);
  const chids = changeChids(targeting, changes);
  const changed: Targeting = {
    hardwareIds: hardwareIds.entries,
    chids: chids.entries,
    restrictedToAudiences: [...new Set(changes.restrictedToAudiences ?? targeting.restrictedToAudiences)],
    ...changedLimits(targeting, changes),
  };
  const reached = {
    ...changed,
    hardwareIds: changed.hardwareIds.filter(isTargeted),
    chids: changed.chids.filter(isTargeted),
  };
  const errors = [...hardwareIds.errors, ...chids.errors, ...checkDistribution(reached, facts.codes)];
  for (const list of ['hardwareIds', 'chids'] as const) {
    if (changed[list].length > MAXIMUM_ENTRIES) {
      errors.push({
        target: `targeting.${list}`,
        message: `A shipping label holds at most ${MAXIMUM_ENTRIES} of them.`,
      });
    }
  }
  if (changes.restrictedToAudiences !== undefined) {
    errors.push(...checkAudiences(changes.restrictedToAudiences, facts.audiences));
  }
  if (facts.mustTargetChids && reached.hardwareIds.length > 0 && reached.chids.length === 0) {
    errors.push(missingChids());
  }
  const [first, ...others] = errors;
  return first === undefined
    ? { targeting: changed, errors: [] }
    : { targeting: undefined, errors: [first, ...others] };
}
