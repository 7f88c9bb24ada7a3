// An example of what a schema describes, for the reference page: every property once, values that a reader recognises.
import type { JsonSchema } from './openapi-schemas.ts';

const BY_FORMAT: Readonly<Record<string, unknown>> = {
  'date-time': '2026-03-04T05:06:07Z',
  uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  'operating-system-code': 'WINDOWS_v100_X64_GE_FULL',
  'product-type': 'Unclassified',
  int64: 1,
};
const FAMILY_CODE = 'windows_v100_GE';
/** Deeper than any schema of ours. */
const MAXIMUM_DEPTH = 12;

/** `resolve` gives the schema that a `$ref` names. */
export function exampleOf(schema: JsonSchema, resolve: (reference: string) => JsonSchema, depth = 0): unknown {
  if (depth > MAXIMUM_DEPTH) return {};
  if (typeof schema.$ref === 'string') return exampleOf(resolve(schema.$ref), resolve, depth + 1);
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [firstOption] = [schema.anyOf, schema.oneOf].flatMap((options) => (Array.isArray(options) ? options : []));
  if (firstOption !== undefined) return exampleOf(firstOption as JsonSchema, resolve, depth + 1);
  if (typeof schema.format === 'string' && schema.format in BY_FORMAT) return BY_FORMAT[schema.format];
  switch (schema.type) {
    case 'object': {
      const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
      const dictionary = Object.values((schema.patternProperties ?? {}) as Readonly<Record<string, JsonSchema>>)[0];
      if (dictionary !== undefined) return { [FAMILY_CODE]: exampleOf(dictionary, resolve, depth + 1) };
      return Object.fromEntries(properties.map(([name, part]) => [name, exampleOf(part, resolve, depth + 1)]));
    }
    case 'array':
      return [exampleOf((schema.items ?? {}) as JsonSchema, resolve, depth + 1)];
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return 'text';
  }
}
