// From what an HLK package was tested as to what a product says of itself in the Hardware API: `selectedProductTypes` has
// one product type for each operating system family, where a package may have many.
import type { HlkProductInstance } from './package-facts.ts';

const UNCLASSIFIED = 'Unclassified';

/** What says most about a device comes first. Within a line the highest version wins. */
const RANKING: readonly RegExp[] = [/WDDM/i, /MCDM/i, /Bluetooth/i, /Audio/i, /TPM/i];

function rankOf(productType: string): number {
  const rank = RANKING.findIndex((pattern) => pattern.test(productType));
  return rank < 0 ? RANKING.length : rank;
}

/** The numbers of the first version in a name: 2 and 10 of `Graphics Adapter WDDM2.10 Render Only`. */
function versionOf(productType: string): readonly number[] {
  return (/[0-9]+(?:\.[0-9]+)*/.exec(productType)?.[0] ?? '').split('.').map(Number);
}

function compareVersions(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Best first. Of two with the same version the shorter is the fuller one: the other is a `Display Only` of it. */
function compareProductTypes(left: string, right: string): number {
  return (
    rankOf(left) - rankOf(right) ||
    compareVersions(versionOf(right), versionOf(left)) ||
    left.length - right.length ||
    (left < right ? -1 : left > right ? 1 : 0)
  );
}

function isUnclassified(productType: string): boolean {
  return productType.toLowerCase() === UNCLASSIFIED.toLowerCase();
}

/** The product type that says most; `Unclassified` when there is none. */
export function bestProductType(productTypes: readonly string[]): string {
  const classified = productTypes.filter((productType) => !isUnclassified(productType));
  return classified.toSorted(compareProductTypes)[0] ?? UNCLASSIFIED;
}

/**
 * The family of an operating system code: `Windows_v100_GE` of `WINDOWS_v100_X64_GE_FULL`, with `Server` behind the version
 * for servers. Undefined for codes of another form, such as those before Windows 10, which have families of their own.
 */
export function operatingSystemFamily(code: string): string | undefined {
  const tokens = code.split('_');
  const [windows, version, third] = tokens;
  if (windows?.toLowerCase() !== 'windows' || !/^v[0-9]+$/i.test(version ?? '')) return undefined;
  const release = tokens.at(-2);
  if (tokens.length < 4 || tokens.at(-1)?.toLowerCase() !== 'full' || release === undefined) return undefined;
  return `Windows_${version}${third?.toLowerCase() === 'server' ? 'Server' : ''}_${release}`;
}

/** Product types by operating system family, as `selectedProductTypes` has them. */
export function selectProductTypes(instances: readonly HlkProductInstance[]): Readonly<Record<string, string>> {
  const byFamily = new Map<string, Set<string>>();
  for (const { operatingSystems, productTypes } of instances) {
    const families = operatingSystems.flatMap(({ codes }) => codes.map(operatingSystemFamily));
    for (const family of new Set(families)) {
      if (family === undefined) continue;
      const types = byFamily.get(family) ?? new Set<string>();
      for (const productType of productTypes) types.add(productType);
      byFamily.set(family, types);
    }
  }
  return Object.fromEntries([...byFamily].map(([family, types]) => [family, bestProductType([...types])]));
}

/** A device that is all of these at once is a screen, and its metadata belongs into this category. */
const SCREEN = { productTypes: ['lcd', 'monitor', 'projector'], category: 'Display.Monitor' } as const;

/** `deviceMetadataCategory` of a product with these product types, where they tell. */
export function deviceMetadataCategory(instances: readonly HlkProductInstance[]): string | undefined {
  const types = new Set(instances.flatMap(({ productTypes }) => productTypes.map((name) => name.toLowerCase())));
  return SCREEN.productTypes.every((name) => types.has(name)) ? SCREEN.category : undefined;
}
