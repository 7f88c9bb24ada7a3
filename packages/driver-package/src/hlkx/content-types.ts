// [Content_Types].xml of an HLK package: the media types of its parts, written anew when parts come or go.
import type { OpcPackage, ZipAddition } from '@assay/authenticode';
import { documentText, element } from './xml-text.ts';

const NAMESPACE = 'http://schemas.openxmlformats.org/package/2006/content-types';

/** Media types by extension and by name of the part. */
export interface MediaTypes {
  readonly defaults: readonly (readonly [extension: string, mediaType: string])[];
  readonly overrides: readonly (readonly [partName: string, mediaType: string])[];
}

/** The types of a package, without those of the parts that go (names in lower case), and with those that come. */
export function changedTypes(
  { contentTypes: { defaults, overrides } }: OpcPackage,
  { removed, added }: { readonly removed: ReadonlySet<string>; readonly added: MediaTypes['overrides'] },
): MediaTypes {
  const replaced = new Set(added.map(([name]) => name.toLowerCase()));
  return {
    defaults: [...defaults.values()].map(({ key, contentType }) => [key, contentType]),
    overrides: [
      ...[...overrides.values()]
        .filter(({ key }) => !replaced.has(key.toLowerCase()) && !removed.has(key.toLowerCase()))
        .map(({ key, contentType }) => [key, contentType] as const),
      ...added,
    ],
  };
}

/** The entry of the archive with these types. */
export function contentTypesEntry({ defaults, overrides }: MediaTypes): ZipAddition {
  const root = element('Types', { xmlns: NAMESPACE }, [
    ...defaults.map(([extension, type]) => element('Default', { Extension: extension, ContentType: type })),
    ...overrides.map(([name, type]) => element('Override', { PartName: name, ContentType: type })),
  ]);
  return { name: '[Content_Types].xml', contents: documentText(root) };
}
