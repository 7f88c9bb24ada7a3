// Values to send: ones that a schema of the OpenAPI document allows, the same with something wrong in them, and nonsense.
import fc from 'fast-check';
import type { JsonSchema } from '../../packages/server/src/http/openapi-schemas.ts';

/** Values that programs have stumbled over: limits of integers, names that objects have anyway, text that is no text. */
const AWKWARD_NUMBERS: readonly unknown[] = [
  0,
  -0,
  -1,
  1.5,
  1e308,
  5e-324,
  2 ** 53,
  2n ** 63n - 1n,
  2n ** 63n,
  -(2n ** 63n),
  -(2n ** 63n) - 1n,
  10n ** 39n,
  10n ** 60n,
];
const AWKWARD_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  '\u202e',
  '\ud800',
  '😀'.repeat(60),
  'x'.repeat(120),
  "'; drop table products; --",
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%00',
  '{{7*7}}',
  'null',
  '__proto__',
  'constructor',
  '1e999',
  '9999-99-99T99:99:99Z',
];

const awkwardText = fc.oneof(fc.constantFrom(...AWKWARD_TEXTS), fc.string({ unit: 'binary', maxLength: 40 }));

/** Any JSON value, the awkward ones among them. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...AWKWARD_NUMBERS),
  awkwardText,
  fc.constantFrom(null, true, false, [], {}, [null], [[[]]]),
  fc.jsonValue({ maxDepth: 3 }),
);

const FORMATS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'date-time': fc.constantFrom('2026-01-02T03:04:05Z', '2026-01-02', '2026-01-02T03:04:05', '1/2/2026 3:04:05 PM', ''),
  uuid: fc.uuid(),
  int64: fc.oneof(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), fc.nat(), fc.bigInt({ min: 0n, max: 9n }).map(String)),
  'operating-system-code': fc.constantFrom(
    'WINDOWS_v100_X64_GE_FULL',
    'windows_v100_arm64_ge_full',
    'WINDOWS_v100_X64_26H1_FULL',
  ),
  'product-type': fc.constantFrom('Unclassified', 'unclassified'),
  'operating-system-family-code': fc.constantFrom('windows_v100_GE', 'WINDOWS_V100_GE', 'windows_v100'),
};

export interface Known {
  /** The schema that a `$ref` names. */
  readonly resolve: (reference: string) => JsonSchema;
  /** Values for a property or parameter of this name that exist in the service. */
  readonly existing: (name: string) => readonly unknown[];
}

/** Values that a schema allows. */
export function allowedBy(schema: JsonSchema, known: Known, name = ''): fc.Arbitrary<unknown> {
  if (typeof schema.$ref === 'string') return allowedBy(known.resolve(schema.$ref), known, name);
  const existing = known.existing(name);
  if (existing.length > 0) return fc.constantFrom(...existing);
  if ('default' in schema) return fc.constant(schema.default);
  const options = [schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? (list as JsonSchema[]) : []));
  if (options.length > 0) return fc.oneof(...options.map((option) => allowedBy(option, known, name)));
  if (Array.isArray(schema.enum)) {
    const values = schema.enum as readonly unknown[];
    return fc.constantFrom(
      ...values,
      ...values.map((value) => (typeof value === 'string' ? value.toUpperCase() : value)),
    );
  }
  const format = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined;
  if (format !== undefined) return format;
  switch (schema.type) {
    case 'object':
      return allowedObject(schema, known);
    case 'array':
      return fc.array(allowedBy((schema.items ?? {}) as JsonSchema, known), { maxLength: 4 });
    case 'integer':
    case 'number':
      return fc.nat(2000);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
    default:
      return anyValue;
  }
}

function allowedObject(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const [dictionary] = Object.values((schema.patternProperties ?? {}) as Readonly<Record<string, JsonSchema>>);
  if (dictionary !== undefined) {
    const keys = allowedBy((schema.propertyNames ?? { type: 'string' }) as JsonSchema, known).map(String);
    return fc.dictionary(keys, allowedBy(dictionary, known), { maxKeys: 3 });
  }
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const parts = Object.fromEntries(properties.map(([name, part]) => [name, allowedBy(part, known, name)]));
  return fc.record(parts, { requiredKeys: required });
}

/** A property somewhere in a value. */
interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesIn(holder[name])]);
}

interface Change {
  readonly at: number;
  readonly kind: 'remove' | 'replace' | 'respell' | 'add' | 'nothing';
  readonly value: unknown;
}

function apply(original: unknown, changes: readonly Change[]): unknown {
  const value = structuredClone(original);
  for (const { at, kind, value: given } of changes) {
    // The same value may be given twice, and a value must not come to hold itself.
    const other = structuredClone(given);
    const places = placesIn(value);
    const place = places[at % Math.max(places.length, 1)];
    if (place === undefined) continue;
    const { holder, name } = place;
    if (kind === 'remove') delete holder[name];
    else if (kind === 'replace') holder[name] = other;
    else if (kind === 'nothing') holder[name] = null;
    else if (kind === 'add') holder[`${name}X`] = other;
    else if (!Array.isArray(holder)) holder[name.toUpperCase()] = other;
  }
  return value;
}

/** Values like the allowed ones with one to three things changed. */
export function almostAllowedBy(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.nat(200),
    kind: fc.constantFrom('remove', 'replace', 'respell', 'add', 'nothing') as fc.Arbitrary<Change['kind']>,
    value: anyValue,
  });
  return fc
    .tuple(allowedBy(schema, known), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => apply(value, changes));
}

/** Text that stands where a value of this schema should be: in a path or a query string. */
export function segmentFor(schema: JsonSchema, known: Known, name: string): fc.Arbitrary<string> {
  const texts = fc.oneof(awkwardText, fc.constantFrom(...AWKWARD_NUMBERS).map(String));
  return fc.oneof(
    { weight: 6, arbitrary: allowedBy(schema, known, name).map(String) },
    { weight: 2, arbitrary: texts },
  );
}

/** A name and a value that HTTP allows in a header, however odd. */
const oddHeaders = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { accept: 'text/html;q=0.1, */*;q=0' },
  { 'accept-encoding': 'br;q=1, gzip' },
  { 'ms-requestid': 'x'.repeat(4000), 'ms-correlationid': '\u00e9\u00e8' },
  { 'ms-correlationid': '"><script>' },
  { 'if-match': '*' },
  { 'if-none-match': '"x"', 'if-modified-since': 'yesterday' },
  { range: 'bytes=5-1' },
  { range: 'bytes=0-0', 'if-range': '"x"' },
  { range: 'lines=1-' },
  { host: 'evil.example:99999' },
  { host: 'a b' },
  { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher' },
  { 'x-http-method-override': 'DELETE' },
  { 'content-encoding': 'gzip' },
  { 'accept-language': 'de, *;q=0.5' },
  { cookie: 'a=b; '.repeat(200) },
);

/** What the Content-Type may claim; undefined leaves it out. */
const claimedTypes = fc.constantFrom(
  undefined,
  'application/json; charset=utf-8',
  'text/json',
  'application/problem+json',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'nonsense',
  '/',
);

export interface Outfit {
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
}

/** The headers of a request whose body is of this type. */
export function outfitFor(type: string | undefined): fc.Arbitrary<Outfit> {
  return fc.record({
    headers: fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: oddHeaders }),
    contentType: fc.oneof({ weight: 7, arbitrary: fc.constant(type) }, { weight: 2, arbitrary: claimedTypes }),
  });
}

/** Bodies that are no JSON at all, or JSON that breaks parsers. */
export const brokenBodies: fc.Arbitrary<string | Buffer> = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1}}',
    '"text"',
    '1',
    'null',
    '\ufeff{}',
    'a=1&b=2',
  ),
  fc.constant('['.repeat(20_000)),
  fc.constant(`{"a":${'9'.repeat(5000)}}`),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);
