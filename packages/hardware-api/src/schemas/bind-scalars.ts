// How single values of a request are read: the rule for each `format` of the schemas. A rule gives the canonical value, or
// a message that says what is wrong with it.
import type { CodeTables } from '../code-tables.ts';
import { DISTRIBUTION_RELEASES, distributionOrder } from '../distribution-releases.ts';

/** `value` undefined without a message means: treat as absent. */
export type BoundScalar = { readonly value: unknown } | { readonly message: string };

const GUID = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;
const ISO_DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** What .NET writes for a date in its invariant and US cultures: 10/22/2016 1:05:00 PM. */
const US_DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?(?: (AM|PM))?)?$/i;

/** Milliseconds since 1970 for a civil time in UTC; undefined when a field is out of its range. */
function utcTime(fields: readonly [number, number, number, number, number, number, number]): number | undefined {
  const [year, month, day, hour, minute, second, millisecond] = fields;
  const time = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  const date = new Date(time);
  const exact = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return exact && minute < 60 && second < 60 ? time : undefined;
}

function zoneOffsetMinutes(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** Reads a date as clients send it and writes it in ISO 8601 UTC; undefined when it is no date. */
export function normalizeDate(text: string): string | undefined {
  let time: number | undefined;
  const iso = ISO_DATE.exec(text);
  const us = US_DATE.exec(text);
  if (iso) {
    const [year, month, day, hour, minute, second] = iso.slice(1, 7).map((field) => Number(field ?? 0));
    const millisecond = Number((iso[7] ?? '').padEnd(3, '0').slice(0, 3));
    time = utcTime([year ?? 0, month ?? 0, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0, millisecond]);
    if (time !== undefined) time -= zoneOffsetMinutes(iso[8]) * 60_000;
  } else if (us) {
    const [month, day, year, hour, minute, second] = us.slice(1, 7).map((field) => Number(field ?? 0));
    const half = us[7]?.toUpperCase();
    const clockHour = half === undefined ? (hour ?? 0) : ((hour ?? 0) % 12) + (half === 'PM' ? 12 : 0);
    time = utcTime([year ?? 0, month ?? 0, day ?? 0, clockHour, minute ?? 0, second ?? 0, 0]);
  }
  return time === undefined ? undefined : new Date(time).toISOString().replace('.000Z', 'Z');
}

function bindDate(text: string): BoundScalar {
  if (text.trim() === '') return { value: undefined };
  const value = normalizeDate(text.trim());
  return value === undefined
    ? { message: `"${text}" is not a date; write ISO 8601, for example 2016-10-22T00:00:00Z.` }
    : { value };
}

function bindGuid(text: string): BoundScalar {
  const match = GUID.exec(text.trim());
  return match?.[1] === undefined
    ? { message: `"${text}" is not a GUID; write it as 8-4-4-4-12 hexadecimal digits.` }
    : { value: match[1].toLowerCase() };
}

/** Dictionary keys are written with a small first letter by the service: windows_v100, windowsXP. */
function wireFamilyCode(code: string): string {
  return /^W[a-z]/.test(code) ? `w${code.slice(1)}` : code;
}

/** The rules for strings, by the `format` of their schema. */
export const STRING_FORMATS: Readonly<Record<string, (text: string, codes: CodeTables) => BoundScalar>> = {
  'date-time': bindDate,
  uuid: bindGuid,
  'operating-system-code': (text, codes) => {
    const system = codes.findOperatingSystem(text);
    return system === undefined
      ? { message: `"${text}" is not a known operating system code, for example WINDOWS_v100_X64_GE_FULL.` }
      : { value: system.code };
  },
  'operating-system-family-code': (text, codes) => {
    const family = codes.findOperatingSystemFamily(text);
    return family === undefined
      ? { message: `"${text}" is not a known operating system family code, for example windows_v100_GE.` }
      : { value: wireFamilyCode(family.code) };
  },
  'distribution-release': (text) => {
    if (text.trim() === '') return { value: undefined };
    const release = DISTRIBUTION_RELEASES[distributionOrder(text)];
    return release === undefined
      ? { message: `"${text}" is not one of ${DISTRIBUTION_RELEASES.map(({ name }) => name).join(', ')}.` }
      : { value: release.name };
  },
  'product-type': (text, codes) => {
    const type = codes.findProductType(text);
    return type === undefined
      ? { message: `"${text}" is not a known product type, for example Unclassified.` }
      : { value: type.name };
  },
};

const MAXIMUM_INT64 = 2n ** 63n - 1n;

/** A 64-bit integer, given as a JSON number or, as some clients do, as a string of digits. */
export function bindInt64(value: unknown): BoundScalar {
  const text = typeof value === 'string' ? value.trim() : undefined;
  const integer =
    typeof value === 'bigint'
      ? value
      : typeof value === 'number' && Number.isSafeInteger(value)
        ? BigInt(value)
        : text !== undefined && /^-?\d{1,19}$/.test(text)
          ? BigInt(text)
          : undefined;
  return integer === undefined || integer > MAXIMUM_INT64 || integer < -MAXIMUM_INT64 - 1n
    ? { message: 'The value must be a 64-bit integer.' }
    : { value: integer };
}
