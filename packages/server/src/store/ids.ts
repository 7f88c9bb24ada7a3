// 64-bit identifiers in the ranges that the real service uses, made without asking the database: milliseconds since 2026
// in the high bits keep them in order of creation, random low bits keep them from being guessed or colliding.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';

const EPOCH_MS = BigInt(Date.UTC(2026, 0, 1));

/** Product ids have 17 digits (clients cut them out of pasted URLs by that length) and grow from 10^16, near 2^53. */
const PRODUCT_BASE = 10_000_000_000_000_000n;
const PRODUCT_RANDOM_BITS = 17n;
/** Shared-product, submission and label ids have 19 digits and grow from 2^60. */
const SUBMISSION_BASE = 2n ** 60n;
const SUBMISSION_RANDOM_BITS = 20n;
/** Inside, preprod packages have ids too, from 2^61: work folders and signatures are keyed by them as by submission ids. */
const PREPROD_BASE = 2n ** 61n;

/** The ids that this process gave out lately, so that it gives none twice within a millisecond. */
const recent = new Set<bigint>();
const RECENT_KEPT = 10_000;

function makeId(base: bigint, randomBits: bigint, clock: Clock): bigint {
  const elapsed = BigInt(clock().getTime()) - EPOCH_MS;
  const start = base + ((elapsed > 0n ? elapsed : 0n) << randomBits);
  const mask = Number((1n << randomBits) - 1n);
  let id: bigint;
  do {
    id = start + BigInt(randomBytes(4).readUInt32LE() & mask);
  } while (recent.has(id));
  if (recent.size >= RECENT_KEPT) recent.clear();
  recent.add(id);
  return id;
}

/** A new product id. */
export function newProductId(clock: Clock): bigint {
  return makeId(PRODUCT_BASE, PRODUCT_RANDOM_BITS, clock);
}

/** A new shared-product, submission or shipping-label id. */
export function newSubmissionId(clock: Clock): bigint {
  return makeId(SUBMISSION_BASE, SUBMISSION_RANDOM_BITS, clock);
}

/** A new id for a preprod package inside the service; callers know it by a GUID. */
export function newPreprodSubjectId(clock: Clock): bigint {
  return makeId(PREPROD_BASE, SUBMISSION_RANDOM_BITS, clock);
}

const INT64_MAX = 2n ** 63n - 1n;

/** The id that a path segment or argument spells, or undefined when it is not a positive decimal int64. */
export function parseId(text: string): bigint | undefined {
  if (!/^[0-9]{1,19}$/.test(text)) return undefined;
  const id = BigInt(text);
  return id > 0n && id <= INT64_MAX ? id : undefined;
}
