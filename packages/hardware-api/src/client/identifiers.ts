// Ids in answers and in paths. parseJson gives small ones as number and large ones as bigint; the rest of the client wants
// one type, and no digit may be lost on the way.
import { HardwareApiError, INEXACT_NUMBER } from './hardware-api-error.ts';

/** The properties of the API's resources that hold 64-bit ids. */
const IDENTIFIER_PROPERTIES: ReadonlySet<string> = new Set([
  'id',
  'productId',
  'submissionId',
  'sharedProductId',
  'sourceProductId',
  'sourcePublisherId',
]);

/**
 * A 64-bit integer as bigint, however the service wrote it; what is none, such as a GUID, stays as it is. Throws
 * HardwareApiError for a number that came in a form (a fraction, an exponent) that cannot hold all digits.
 */
export function toInteger(value: unknown): unknown {
  if (typeof value === 'string') return /^(?:0|[1-9]\d{0,18})$/.test(value) ? BigInt(value) : value;
  if (typeof value !== 'number') return value;
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw new HardwareApiError({
    status: 0,
    code: INEXACT_NUMBER,
    message: `The service wrote an id as ${value}, which may not be exact.`,
  });
}

/** The same resource (or list of them) with every id as bigint. Only the levels on which the API has ids are looked at. */
export function withBigintIds(resource: unknown): unknown {
  if (Array.isArray(resource)) return resource.map(withBigintIds);
  if (typeof resource !== 'object' || resource === null) return resource;
  return Object.fromEntries(
    Object.entries(resource).map(([name, value]) => {
      if (IDENTIFIER_PROPERTIES.has(name)) return [name, toInteger(value)];
      return [name, name === 'value' ? withBigintIds(value) : value];
    }),
  );
}

/**
 * An id as a segment of a path. Throws TypeError for what is no 64-bit integer, above all for a number: one that was an
 * id of today has lost digits before it arrives here.
 */
export function idSegment(id: string | bigint): string {
  const text = typeof id === 'bigint' || typeof id === 'string' ? String(id).trim() : '';
  if (/^\d{1,19}$/.test(text)) return text;
  throw new TypeError(
    `An id is a bigint or a string of up to 19 digits, not ${typeof id} ${JSON.stringify(String(id))}.`,
  );
}
