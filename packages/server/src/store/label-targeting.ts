// What a shipping label's row keeps as JSON, and what becomes of pending entries when a run of its workflow ends.
import { type PublishingSpecifications, parseJson, stringifyJson, type Targeting } from '@assay/hardware-api';

/** Numbers below 2^53 come out of JSON as number; these two lists hold 64-bit ones. */
function toBigint(value: bigint): bigint {
  return BigInt(value);
}

/** The targeting that a row holds. */
export function readTargeting(text: string): Targeting {
  const targeting = parseJson(text) as Targeting;
  const { flooringBuildNumber, ceilingBuildNumber } = targeting.coEngDriverPublishInfo ?? {};
  return {
    ...targeting,
    ...(targeting.coEngDriverPublishInfo !== undefined && {
      coEngDriverPublishInfo: {
        ...(flooringBuildNumber !== undefined && { flooringBuildNumber: toBigint(flooringBuildNumber) }),
        ...(ceilingBuildNumber !== undefined && { ceilingBuildNumber: toBigint(ceilingBuildNumber) }),
      },
    }),
  };
}

export function writeTargeting(targeting: Targeting): string {
  return stringifyJson(targeting);
}

/** The publishing specifications that a row holds; undefined for a label that shares. */
export function readPublishing(text: string | null): PublishingSpecifications | undefined {
  if (text === null) return undefined;
  const publishing = parseJson(text) as PublishingSpecifications;
  return { ...publishing, visibleToAccounts: publishing.visibleToAccounts.map(toBigint) };
}

/** The targeting after a run succeeded: what was to be added is, what was to be removed is gone. */
export function settleTargeting(targeting: Targeting): Targeting {
  return {
    ...targeting,
    hardwareIds: targeting.hardwareIds
      .filter(({ distributionState }) => distributionState !== 'pendingRemove')
      .map((item) => (item.distributionState === 'pendingAdd' ? { ...item, distributionState: 'added' } : item)),
    chids: targeting.chids
      .filter(({ distributionState }) => distributionState !== 'pendingRemove')
      .map((item) => (item.distributionState === 'pendingAdd' ? { ...item, distributionState: 'added' } : item)),
  };
}

/**
 * The targeting after a run failed or was cancelled: nothing of what it asked for holds. Entries that were to be added stay
 * listed without effect; audiences, floor and ceiling are those that were last published.
 */
export function withdrawTargeting(targeting: Targeting, published: Targeting | undefined): Targeting {
  const { hardwareIds, chids, ...limits } = targeting;
  const { hardwareIds: _ids, chids: _chids, ...publishedLimits } = published ?? targeting;
  return {
    ...(published === undefined ? limits : publishedLimits),
    hardwareIds: hardwareIds.map((item) => {
      if (item.distributionState === 'pendingAdd') return { ...item, distributionState: 'notSet' };
      return item.distributionState === 'pendingRemove' ? { ...item, distributionState: 'added' } : item;
    }),
    chids: chids.map((item) => {
      if (item.distributionState === 'pendingAdd') return { ...item, distributionState: 'unknown' };
      return item.distributionState === 'pendingRemove' ? { ...item, distributionState: 'added' } : item;
    }),
  };
}
