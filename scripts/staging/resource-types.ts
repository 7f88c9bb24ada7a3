// Declarations of the API's resources, written from their schemas: in the sources the types are inferred by the package that makes
// the schemas, and a client that only wants to know what an answer holds should not have to install it.
import { isDeepStrictEqual } from 'node:util';

/** The JSON Schema words that our schemas use. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

export interface ResourceModule {
  /** Its exports: schemas among other things. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Its source, for the comments. */
  readonly source: string;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && typeof (value as Schema).type === 'string';
}

type Name = (schema: Schema) => string | undefined;

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

function describeObject(schema: Schema, name: Name, comments: ReadonlyMap<string, string>): string {
  const { properties, required = [], patternProperties = {} } = schema;
  if (properties === undefined) {
    const [content = {}] = Object.values(patternProperties);
    return `{ [x: string]: ${describe(content, name, comments)} }`;
  }
  const lines = Object.entries(properties).map(([key, value]) => {
    const comment = comments.get(key);
    const mark = required.includes(key) ? '' : '?';
    return `${comment === undefined ? '' : `/** ${comment} */\n`}${key}${mark}: ${describe(value, name, comments)};`;
  });
  return lines.length === 0 ? '{}' : `{\n${indent(lines.join('\n'))}\n}`;
}

/** The TypeScript type of a value that the schema allows. A 64-bit integer is a bigint. */
function describe(schema: Schema, name: Name, comments: ReadonlyMap<string, string>): string {
  const known = name(schema);
  if (known !== undefined) return known;
  switch (schema.type) {
    case 'object':
      return describeObject(schema, name, comments);
    case 'array':
      return `Array<${describe(schema.items ?? {}, name, comments)}>`;
    case 'boolean':
      return 'boolean';
    case 'integer':
      return schema.format === 'int64' ? 'bigint' : 'number';
    case 'string':
      return schema.enum?.map((value) => JSON.stringify(value)).join(' | ') ?? 'string';
    default:
      throw new Error(`No type is known for the schema ${JSON.stringify(schema)}: add it to resource-types.ts.`);
  }
}

/** What the source says of the schema, and of its properties by their names. */
function readComments(source: string, name: string): { readonly of: string; readonly inside: Map<string, string> } {
  const start = source.indexOf(`export const ${name} =`);
  if (start < 0) return { of: '', inside: new Map() };
  const before = /\/\*\* ([^\n]*) \*\/\n$/.exec(source.slice(0, start));
  const block = source.slice(start, source.indexOf('\n\n', start));
  const inside = [...block.matchAll(/\/\*\* ([^\n]*) \*\/\s+(\w+):/g)].map(([, text = '', key = '']) => [key, text]);
  return {
    of: before?.[1] === undefined ? '' : `/** ${before[1]} */\n`,
    inside: new Map(inside as [string, string][]),
  };
}

/** One declaration for each object that the modules export as a schema, under the name of the schema. */
export function writeResourceTypes(modules: readonly ResourceModule[]): string {
  const named = modules.flatMap(({ exports, source }) =>
    Object.entries(exports).flatMap(([name, value]) =>
      isSchema(value) && value.properties !== undefined ? [{ name, schema: value, source }] : [],
    ),
  );
  const declarations = named.map(({ name, schema, source }) => {
    const { of, inside } = readComments(source, name);
    const nameOf: Name = (inner) =>
      inner === schema
        ? undefined
        : named.find((other) => other.schema !== schema && isDeepStrictEqual(other.schema, inner))?.name;
    return `${of}export type ${name} = ${describeObject(schema, nameOf, inside)};\n`;
  });
  return `// The resources of the API and the requests that make and change them.\n${declarations.join('')}`;
}
