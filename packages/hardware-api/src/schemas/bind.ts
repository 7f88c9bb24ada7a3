// Reads a request body against a schema the way the service's own binder does: property names and enumeration values
// without regard to case, the last of several spellings wins, unknown properties are dropped, null means absent. Unlike a
// validator it gives back the canonical value, and every fault at once.
import type { Static, TSchema } from 'typebox';
import { BUILT_IN_CODES, type CodeTables } from '../code-tables.ts';
import type { ValidationError } from '../errors.ts';
import { type BoundScalar, bindInt64, STRING_FORMATS } from './bind-scalars.ts';

/** The JSON Schema words that our schemas use. */
interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly propertyNames?: SchemaNode;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** Elements of one array, unless its schema sets `maxItems`, or keys of one dictionary beyond this are refused. */
export const MAXIMUM_ELEMENTS = 1000;

export type BindResult<Value> =
  | { readonly value: Value; readonly errors: readonly [] }
  | { readonly value: undefined; readonly errors: readonly [ValidationError, ...ValidationError[]] };

function join(target: string, name: string): string {
  return target === '' ? name : `${target}.${name}`;
}

function bindEnumeration(schema: SchemaNode, text: string): BoundScalar {
  const values = schema.enum ?? [];
  const value = values.find((candidate) => candidate.toLowerCase() === text.trim().toLowerCase());
  return value === undefined ? { message: `"${text}" is not one of ${values.join(', ')}.` } : { value };
}

function bindString(schema: SchemaNode, value: unknown, codes: CodeTables): BoundScalar {
  if (typeof value !== 'string') return { message: 'The value must be a string.' };
  if (schema.enum !== undefined) return bindEnumeration(schema, value);
  const rule = schema.format === undefined ? undefined : STRING_FORMATS[schema.format];
  if (rule !== undefined) return rule(value, codes);
  if (schema.minLength !== undefined && value.trim().length < schema.minLength) {
    return { message: 'The value must not be empty.' };
  }
  return { value };
}

class Binder {
  readonly errors: ValidationError[] = [];
  readonly #codes: CodeTables;

  constructor(codes: CodeTables) {
    this.#codes = codes;
  }

  refuse(target: string, message: string): undefined {
    this.errors.push({ target, message });
    return undefined;
  }

  /** The canonical value, or undefined when the value counts as absent or was refused. */
  bind(schema: SchemaNode, value: unknown, target: string): unknown {
    switch (schema.type) {
      case 'object':
        return this.bindObject(schema, value, target);
      case 'array':
        return this.bindArray(schema, value, target);
      case 'boolean':
        return typeof value === 'boolean' ? value : this.refuse(target, 'The value must be true or false.');
      case 'integer':
        return this.settle(bindInt64(value), target);
      default:
        return this.settle(bindString(schema, value, this.#codes), target);
    }
  }

  settle(bound: BoundScalar, target: string): unknown {
    return 'message' in bound ? this.refuse(target, bound.message) : bound.value;
  }

  bindObject(schema: SchemaNode, value: unknown, target: string): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.refuse(target, 'The value must be a JSON object.');
    }
    return schema.properties === undefined
      ? this.bindDictionary(schema, value, target)
      : this.bindProperties(schema, schema.properties, value, target);
  }

  bindProperties(
    schema: SchemaNode,
    properties: Readonly<Record<string, SchemaNode>>,
    value: object,
    target: string,
  ): Record<string, unknown> {
    const given = new Map(Object.entries(value).map(([name, item]) => [name.toLowerCase(), item as unknown]));
    const result: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(properties)) {
      const item = given.get(name.toLowerCase());
      const path = join(target, name);
      if (item === undefined || item === null) {
        if (schema.required?.includes(name)) this.refuse(path, `The property ${name} is required.`);
        continue;
      }
      const bound = this.bind(property, item, path);
      if (bound !== undefined) result[name] = bound;
    }
    return result;
  }

  bindDictionary(schema: SchemaNode, value: object, target: string): unknown {
    const entries = Object.entries(value);
    if (entries.length > MAXIMUM_ELEMENTS) return this.refuse(target, `More than ${MAXIMUM_ELEMENTS} entries.`);
    const item = Object.values(schema.patternProperties ?? {})[0] ?? {};
    const bound = new Map<string, unknown>();
    for (const [key, element] of entries) {
      const path = join(target, key);
      const name = schema.propertyNames === undefined ? key : this.bind(schema.propertyNames, key, path);
      if (typeof name !== 'string' || element === null) continue;
      const content = this.bind(item, element, path);
      if (content !== undefined) bound.set(name, content);
    }
    return Object.fromEntries(bound);
  }

  bindArray(schema: SchemaNode, value: unknown, target: string): unknown {
    if (!Array.isArray(value)) return this.refuse(target, 'The value must be a list.');
    const { maxItems = MAXIMUM_ELEMENTS } = schema;
    if (value.length > maxItems) return this.refuse(target, `More than ${maxItems} elements.`);
    const elements: unknown[] = value;
    const bound = elements.map((element, index) => this.bind(schema.items ?? {}, element, `${target}[${index}]`));
    return bound.filter((element) => element !== undefined);
  }
}

/**
 * Binds a parsed JSON body (from `parseJson`, so that large integers are exact) to a schema. `value` is the canonical
 * request when `errors` is empty and undefined otherwise; `errors` has one entry for each fault, `target` being the path
 * of the property. A body that is no object is one fault with the target ''. `codes` are the codes that are known.
 */
export function bindRequest<Schema extends TSchema>(
  schema: Schema,
  body: unknown,
  codes: CodeTables = BUILT_IN_CODES,
): BindResult<Static<Schema>> {
  const binder = new Binder(codes);
  const value = binder.bind(schema as SchemaNode, body, '');
  const [first, ...others] = binder.errors;
  return first === undefined
    ? { value: value as Static<Schema>, errors: [] }
    : { value: undefined, errors: [first, ...others] };
}
