// [Content_Types].xml: which media type each part has, by its name or else by its extension (ECMA-376 Part 2 §7.2.3).
import { ParseError } from '../errors.ts';
import { attributeOf, documentBytes, elementText, parseXml, type XmlElement } from '../xml/index.ts';
import { checkPartName, foldPartName } from './part-name.ts';
import { schemaChildren } from './schema.ts';
import { NAMESPACE } from './vocabulary.ts';

/** Name of the entry, which is no part. */
export const CONTENT_TYPES_NAME = '[Content_Types].xml';

/** Largest such file that is read, in bytes. */
const MAXIMUM_BYTES = 16 * 1024 ** 2;

/** Type, slash, subtype and maybe parameters, without white space or comments (RFC 2616 §3.7). */
const MEDIA_TYPE_SYNTAX = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:;[\x21-\x3a\x3c-\x7e]+)*$/;

interface Rule {
  /** Extension without dot, or name of a part, as it was written. */
  readonly key: string;
  readonly contentType: string;
}

export interface ContentTypes {
  /** By extension in lower case. */
  readonly defaults: ReadonlyMap<string, Rule>;
  /** By folded name of the part. */
  readonly overrides: ReadonlyMap<string, Rule>;
}

function extensionOf(name: string): string | undefined {
  return /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase();
}

function readRule(element: XmlElement, attribute: 'Extension' | 'PartName'): Rule {
  const key = attributeOf(element, attribute);
  const contentType = attributeOf(element, 'ContentType');
  if (key === undefined || key === '' || contentType === undefined || !MEDIA_TYPE_SYNTAX.test(contentType)) {
    const message = `${CONTENT_TYPES_NAME} has a ${element.local} without a proper ${attribute} or ContentType`;
    throw new ParseError('opc', 'bad-content-types', message);
  }
  if (attribute === 'PartName') checkPartName(key);
  return { key, contentType };
}

/** Reads [Content_Types].xml. Throws ParseError `bad-content-types`, and those of XML. */
export function parseContentTypes(bytes: Uint8Array): ContentTypes {
  const { root } = parseXml(bytes, { bytes: MAXIMUM_BYTES });
  const defaults = new Map<string, Rule>();
  const overrides = new Map<string, Rule>();
  for (const element of schemaChildren(root, CONTENT_TYPES_NAME, NAMESPACE.contentTypes, 'Types')) {
    const isDefault = element.local === 'Default';
    if (!isDefault && element.local !== 'Override') {
      throw new ParseError('opc', 'bad-content-types', `${CONTENT_TYPES_NAME} has an element ${element.name}`);
    }
    const rule = readRule(element, isDefault ? 'Extension' : 'PartName');
    const rules = isDefault ? defaults : overrides;
    const folded = foldPartName(rule.key);
    if (rules.has(folded)) {
      const message = `${CONTENT_TYPES_NAME} gives two types to '${rule.key}'`;
      throw new ParseError('opc', 'bad-content-types', message);
    }
    rules.set(folded, rule);
  }
  return { defaults, overrides };
}

/** The type of a part; undefined when nothing gives it one. */
export function contentTypeOf({ defaults, overrides }: ContentTypes, partName: string): string | undefined {
  const extension = extensionOf(partName);
  const byExtension = extension === undefined ? undefined : defaults.get(extension);
  return (overrides.get(foldPartName(partName)) ?? byExtension)?.contentType;
}

/** How the types change when parts come and go. */
export interface PartChanges {
  /** New parts and their types. */
  readonly added: readonly { readonly name: string; readonly contentType: string }[];
  /** Names of parts that go. */
  readonly removed: readonly string[];
  /** Names of all parts that stay. */
  readonly kept: readonly string[];
}

/**
 * The types after these changes: overrides of parts that go are left out, and so are the extensions that only they used;
 * new parts get a type by extension where that is free, otherwise by name.
 */
export function changeContentTypes(types: ContentTypes, { added, removed, kept }: PartChanges): ContentTypes {
  const defaults = new Map(types.defaults);
  const overrides = new Map(types.overrides);
  const stillUsed = new Set(kept.map(extensionOf));
  for (const name of removed) {
    overrides.delete(foldPartName(name));
    const extension = extensionOf(name);
    if (extension !== undefined && !stillUsed.has(extension)) defaults.delete(extension);
  }
  for (const { name, contentType } of added) {
    const extension = extensionOf(name);
    if (contentTypeOf({ defaults, overrides }, name) === contentType) continue;
    if (extension !== undefined && !defaults.has(extension)) defaults.set(extension, { key: extension, contentType });
    else overrides.set(foldPartName(name), { key: name, contentType });
  }
  return { defaults, overrides };
}

export function encodeContentTypes({ defaults, overrides }: ContentTypes): Uint8Array {
  const rules = [
    ...[...defaults.values()].map(({ key, contentType }) =>
      elementText('Default', { Extension: key, ContentType: contentType }),
    ),
    ...[...overrides.values()].map(({ key, contentType }) =>
      elementText('Override', { PartName: key, ContentType: contentType }),
    ),
  ];
  return documentBytes(elementText('Types', { xmlns: NAMESPACE.contentTypes }, rules));
}
