// The three tables of codes that requests are checked against, as one value: the built-in ones, or those with what an operator
// adds to them. Whoever looks something up is given the tables; nothing here changes once it is made.
import { OPERATING_SYSTEM_FAMILIES, type OperatingSystemFamily } from './operating-system-families.ts';
import { OPERATING_SYSTEMS, type OperatingSystem } from './operating-systems.ts';
import { PRODUCT_TYPES, type ProductType } from './product-types.ts';

/** Rows that are added to the built-in tables. One with the code of a built-in row, compared without case, replaces it. */
export interface CodeExtension {
  readonly operatingSystems: readonly OperatingSystem[];
  readonly operatingSystemFamilies: readonly OperatingSystemFamily[];
  readonly productTypes: readonly ProductType[];
}

export interface CodeTables extends CodeExtension {
  /** The system with this code, compared without case; undefined for unknown and for rejected codes. */
  findOperatingSystem(code: string): OperatingSystem | undefined;
  /** The family with this code, compared without case; undefined for unknown and for rejected codes. */
  findOperatingSystemFamily(code: string): OperatingSystemFamily | undefined;
  /** The product type with this name, compared without case; undefined for unknown and for rejected names. */
  findProductType(name: string): ProductType | undefined;
}

interface Row {
  readonly status: OperatingSystem['status'];
}

/** The built-in rows, replaced where the extension has the same key, then the rest of the extension. */
function merge<Entry>(
  builtIn: readonly Entry[],
  extension: readonly Entry[],
  keyOf: (entry: Entry) => string,
): readonly Entry[] {
  const merged = new Map(builtIn.map((entry) => [keyOf(entry).toLowerCase(), entry]));
  for (const entry of extension) merged.set(keyOf(entry).toLowerCase(), entry);
  return [...merged.values()];
}

function finder<Entry extends Row>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
): (key: string) => Entry | undefined {
  const usable = entries.filter(({ status }) => status !== 'rejected');
  const index = new Map(usable.map((entry) => [keyOf(entry).toLowerCase(), entry]));
  return (key) => index.get(key.toLowerCase());
}

const codeOf = ({ code }: { readonly code: string }): string => code;
const nameOf = ({ name }: { readonly name: string }): string => name;

/** The built-in tables with an extension. */
export function createCodeTables(extension: Partial<CodeExtension> = {}): CodeTables {
  const operatingSystems = merge(OPERATING_SYSTEMS, extension.operatingSystems ?? [], codeOf);
  const operatingSystemFamilies = merge(OPERATING_SYSTEM_FAMILIES, extension.operatingSystemFamilies ?? [], codeOf);
  const productTypes = merge(PRODUCT_TYPES, extension.productTypes ?? [], nameOf);
  return {
    operatingSystems,
    operatingSystemFamilies,
    productTypes,
    findOperatingSystem: finder(operatingSystems, codeOf),
    findOperatingSystemFamily: finder(operatingSystemFamilies, codeOf),
    findProductType: finder(productTypes, nameOf),
  };
}

/** The tables without an extension. */
export const BUILT_IN_CODES: CodeTables = createCodeTables();
