// Schemas as the OpenAPI document holds them: whatever has a name among the exported schemas of the API stands once under
// `components/schemas`, and everything else refers to it.
import * as apiSchemas from '@assay/hardware-api/schemas';

/** A schema as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Formats that only name a rule of ours, with what the rule takes. */
const FORMAT_NOTES: Readonly<Record<string, string>> = {
  'operating-system-code': 'An operating system code; read without case.',
  'operating-system-family-code': 'An operating system family code; read without case.',
  'product-type': 'A product type; read without case.',
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Objects with properties get a name; scalars and dictionaries read better in place. */
function deservesName(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && value.type === 'object' && isRecord(value.properties);
}

export interface SchemaComponents {
  /** The schema with every named part replaced by a reference. */
  refer(schema: unknown): JsonSchema;
  /** The named schemas that were referred to so far, by name. */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/** `named` adds schemas that `@assay/hardware-api/schemas` does not export. */
export function createSchemaComponents(named: Readonly<Record<string, unknown>> = {}): SchemaComponents {
  // Compared as text, because `Type.Optional` makes a copy of the schema that it marks.
  const names = new Map<string, string>();
  for (const [name, schema] of Object.entries({ ...apiSchemas, ...named })) {
    if (deservesName(schema) && !names.has(JSON.stringify(schema))) names.set(JSON.stringify(schema), name);
  }
  const used = new Map<string, JsonSchema>();

  function walk(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(walk);
    if (!isRecord(value)) return value;
    const name = deservesName(value) ? names.get(JSON.stringify(value)) : undefined;
    if (name === undefined) return inPlace(value);
    if (!used.has(name)) {
      used.set(name, {});
      used.set(name, inPlace(value));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  function inPlace(value: Record<string, unknown>): JsonSchema {
    const walked = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]));
    const note = typeof value.format === 'string' ? FORMAT_NOTES[value.format] : undefined;
    return note === undefined || 'description' in walked ? walked : { ...walked, description: note };
  }

  return {
    // Through JSON, so that only what a reader of the document could see is left.
    refer: (schema) => walk(JSON.parse(JSON.stringify(schema))) as JsonSchema,
    get components() {
      return Object.fromEntries([...used].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
}
