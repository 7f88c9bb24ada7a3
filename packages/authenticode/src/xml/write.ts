// Writes small documents in the shape that .NET's writer gives to OPC packages: no white space between elements, empty
// elements closed at once, namespace declarations behind the attributes.
import { Buffer } from 'node:buffer';
import { escapeAttribute, escapeText } from './canonicalize.ts';
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts';

/** The text of an element with these attributes (and declarations, as `xmlns`), in this order, around its content. */
export function elementText(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  content: readonly string[] = [],
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  const inner = content.join('');
  return inner === '' ? `<${name}${written.join('')} />` : `<${name}${written.join('')}>${inner}</${name}>`;
}

function nodeText(node: XmlNode): string {
  switch (node.kind) {
    case 'element':
      return treeText(node);
    case 'text':
      return escapeText(node.text);
    case 'comment':
      return `<!--${node.text}-->`;
    case 'instruction':
      return `<?${node.target}${node.body === '' ? '' : ` ${node.body}`}?>`;
  }
}

/** The text of an element that was read: another text maybe, but of the same canonical form. */
export function treeText(element: XmlElement): string {
  const attributes = element.attributes.map(({ name, value }) => [name, value] as const);
  const declarations = [...element.declarations].map(
    ([prefix, name]) => [prefix === '' ? 'xmlns' : `xmlns:${prefix}`, name] as const,
  );
  return elementText(
    element.name,
    Object.fromEntries([...attributes, ...declarations]),
    element.children.map(nodeText),
  );
}

/** The bytes of a document with this root: UTF-8 with a byte order mark and an XML declaration. */
export function documentBytes(root: string, { standalone = false } = {}): Uint8Array {
  const declaration = `<?xml version="1.0" encoding="utf-8"${standalone ? ' standalone="yes"' : ''}?>`;
  return new TextEncoder().encode(`\ufeff${declaration}${root}`);
}

/**
 * The bytes of a document with the text from `start` to `end` (UTF-16 code units) replaced; all others stay as they were
 * read.
 */
export function replaceText(document: XmlDocument, start: number, end: number, replacement: string): Uint8Array {
  const text = `\ufeff${document.text.slice(0, start)}${replacement}${document.text.slice(end)}`;
  if (document.encoding === 'utf-8') return new TextEncoder().encode(text);
  const bytes = Buffer.from(text, 'utf16le');
  return new Uint8Array(document.encoding === 'utf-16be' ? bytes.swap16() : bytes);
}
