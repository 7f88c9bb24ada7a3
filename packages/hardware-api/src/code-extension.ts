// Reads the file in which an operator adds codes to the built-in tables: a JSON object with `operatingSystems`,
// `operatingSystemFamilies` and `productTypes`. Whoever mistypes a code learns of it at the start, with its place in the file.
import type { CodeExtension } from './code-tables.ts';
import { ARCHITECTURES, type Architecture } from './operating-system-codes.ts';
import type { OperatingSystemFamily } from './operating-system-families.ts';
import type { OperatingSystemVersion } from './operating-system-releases.ts';
import { type OperatingSystem, osAttributeOf } from './operating-systems.ts';
import type { ProductType } from './product-types.ts';

/** What is wrong with a file of codes; one line for each fault, in the order of the file. */
export class CodeExtensionError extends Error {
  override readonly name = 'CodeExtensionError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('\n'), options);
    this.faults = faults;
  }
}

type Members = Readonly<Record<string, unknown>>;

const CODE = /^[A-Za-z0-9_]{1,100}$/;
const CATALOG_NAME = /^[A-Za-z0-9_.]{1,100}$/;
const VERSION = /^(\d{1,5})\.(\d{1,5})(?:\.(\d{1,9}))?$/;
const STATUSES = ['documented', 'observed', 'rejected'] as const;
/** A code that comes out of no document is one that somebody saw. */
const DEFAULT_STATUS = 'observed';

const MEMBERS = {
  file: ['operatingSystems', 'operatingSystemFamilies', 'productTypes'],
  operatingSystem: ['code', 'architecture', 'version', 'server', 'catalogName', 'description', 'status'],
  family: ['code', 'description', 'server', 'status'],
  productType: ['name', 'status'],
} as const;

class ExtensionReader {
  readonly faults: string[] = [];

  refuse(place: string, message: string): undefined {
    this.faults.push(place === '' ? message : `${place}: ${message}`);
    return undefined;
  }

  members(value: unknown, place: string, known: readonly string[]): Members | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.refuse(place, `write a JSON object with ${known.join(', ')}.`);
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) this.refuse(place, `"${name}" is not known; it may be one of ${known.join(', ')}.`);
    }
    return value as Members;
  }

  list<Entry>(file: Members, name: string, read: (value: unknown, place: string) => Entry | undefined): Entry[] {
    const value = file[name];
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.refuse(name, 'write a list.');
      return [];
    }
    return value.flatMap((element: unknown, index) => read(element, `${name}[${index}]`) ?? []);
  }

  /** A text that matches; `what` completes "write …". Undefined when it is absent and need not be there. */
  text(members: Members, name: string, place: string, rule: { pattern: RegExp; what: string; required?: boolean }) {
    const value = members[name];
    if (value === undefined && rule.required !== true) return undefined;
    if (typeof value === 'string' && rule.pattern.test(value)) return value;
    const given = value === undefined ? 'is missing' : `${JSON.stringify(value)} cannot be used`;
    return this.refuse(`${place}.${name}`, `${given}; write ${rule.what}.`);
  }

  choice<const Values extends readonly string[]>(
    members: Members,
    name: string,
    place: string,
    values: Values,
  ): Values[number] | undefined {
    const found = values.find((value) => value === members[name]);
    if (found !== undefined) return found;
    const given = members[name] === undefined ? 'is missing' : `${JSON.stringify(members[name])} is not known`;
    return this.refuse(`${place}.${name}`, `${given}; write one of ${values.join(', ')}.`);
  }

  status(members: Members, place: string): (typeof STATUSES)[number] | undefined {
    return members.status === undefined ? DEFAULT_STATUS : this.choice(members, 'status', place, STATUSES);
  }

  flag(members: Members, name: string, place: string): boolean | undefined {
    const value = members[name] ?? false;
    return typeof value === 'boolean' ? value : this.refuse(`${place}.${name}`, 'write true or false.');
  }

  version(members: Members, place: string): OperatingSystemVersion | undefined {
    const what = 'the version that the kernel reports, for example "10.0.26100"';
    const text = this.text(members, 'version', place, { pattern: VERSION, what, required: true });
    const [, major, minor, build] = VERSION.exec(text ?? '') ?? [];
    if (major === undefined || minor === undefined) return undefined;
    return { major: Number(major), minor: Number(minor), ...(build !== undefined && { build: Number(build) }) };
  }

  description(members: Members, place: string): string | undefined {
    return this.text(members, 'description', place, { pattern: /\S/, what: 'a text' });
  }

  code(members: Members, place: string): string | undefined {
    const what = 'letters, digits and underscores, for example "WINDOWS_v100_X64_GE_FULL"';
    return this.text(members, 'code', place, { pattern: CODE, what, required: true });
  }

  operatingSystem(value: unknown, place: string): OperatingSystem | undefined {
    const members = this.members(value, place, MEMBERS.operatingSystem);
    if (members === undefined) return undefined;
    const code = this.code(members, place);
    const architecture: Architecture | undefined = this.choice(members, 'architecture', place, ARCHITECTURES);
    const version = this.version(members, place);
    const server = this.flag(members, 'server', place);
    const status = this.status(members, place);
    const catalogName = this.text(members, 'catalogName', place, {
      pattern: CATALOG_NAME,
      what: 'the name that catalogs give the system, for example "_v100_X64_24H2"',
    });
    const description = this.description(members, place) ?? code;
    if (
      code === undefined ||
      description === undefined ||
      architecture === undefined ||
      version === undefined ||
      server === undefined ||
      status === undefined
    ) {
      return undefined;
    }
    const osAttribute = osAttributeOf(version);
    return {
      code,
      architecture,
      version,
      server,
      ...(catalogName !== undefined && { catalogName }),
      ...(osAttribute !== undefined && { osAttribute }),
      description,
      source: 'configuration',
      status,
    };
  }

  family(value: unknown, place: string): OperatingSystemFamily | undefined {
    const members = this.members(value, place, MEMBERS.family);
    if (members === undefined) return undefined;
    const code = this.code(members, place);
    const server = this.flag(members, 'server', place);
    const status = this.status(members, place);
    const description = this.description(members, place) ?? code;
    return code === undefined || description === undefined || server === undefined || status === undefined
      ? undefined
      : { code, description, server, source: 'configuration', status };
  }

  productType(value: unknown, place: string): ProductType | undefined {
    const members = this.members(typeof value === 'string' ? { name: value } : value, place, MEMBERS.productType);
    if (members === undefined) return undefined;
    const what = 'the name of a product type';
    const name = this.text(members, 'name', place, { pattern: /^\S(?:.{0,98}\S)?$/, what, required: true });
    const status = this.status(members, place);
    return name === undefined || status === undefined ? undefined : { name, source: 'configuration', status };
  }

  refuseRepeated(table: string, keys: readonly string[]): void {
    const seen = new Set<string>();
    for (const key of keys) {
      if (seen.has(key.toLowerCase())) this.refuse(table, `"${key}" stands there twice.`);
      seen.add(key.toLowerCase());
    }
  }
}

/** Reads the text of a file of codes. Throws CodeExtensionError that names every fault. */
export function parseCodeExtension(text: string): CodeExtension {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new CodeExtensionError([`It is not JSON: ${(error as Error).message}`], { cause: error });
  }
  const reader = new ExtensionReader();
  const file = reader.members(document, '', MEMBERS.file) ?? {};
  const extension = {
    operatingSystems: reader.list(file, 'operatingSystems', (value, place) => reader.operatingSystem(value, place)),
    operatingSystemFamilies: reader.list(file, 'operatingSystemFamilies', (value, place) =>
      reader.family(value, place),
    ),
    productTypes: reader.list(file, 'productTypes', (value, place) => reader.productType(value, place)),
  };
  const { operatingSystems, operatingSystemFamilies, productTypes } = extension;
  for (const [table, entries] of Object.entries({ operatingSystems, operatingSystemFamilies })) {
    reader.refuseRepeated(
      table,
      entries.map(({ code }) => code),
    );
  }
  reader.refuseRepeated(
    'productTypes',
    productTypes.map(({ name }) => name),
  );
  if (reader.faults.length > 0) throw new CodeExtensionError(reader.faults);
  return extension;
}
