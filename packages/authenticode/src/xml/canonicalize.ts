// Canonical XML 1.0 (W3C Recommendation of 15 March 2001) and Exclusive XML Canonicalization 1.0 (18 July 2002): the bytes
// over which XML signatures are made. Either of a whole document or of one element with everything inside it.
import { Buffer } from 'node:buffer';
import { ParseError } from '../errors.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from './tree.ts';

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

export interface CanonicalForm {
  /** Whether comments stay; false when absent. */
  readonly comments?: boolean;
  /**
   * Writes only the namespaces that an element really uses, and those with these prefixes (the InclusiveNamespaces
   * PrefixList, with '' for the default namespace); when absent the form is the inclusive one.
   */
  readonly exclusive?: readonly string[];
}

type Namespaces = ReadonlyMap<string, string>;

const NO_NAMESPACES: Namespaces = new Map();

/** By code points, which is not the order of UTF-16 that JavaScript has (Canonical XML 1.0 §2.2, "lexicographic"). */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareAttributes(a: XmlAttribute, b: XmlAttribute): number {
  return compareText(a.namespace, b.namespace) || compareText(a.local, b.local);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function replaceSpecial(text: string, characters: RegExp): string {
  return text.replaceAll(characters, (character) => ESCAPES[character] ?? character);
}

export function escapeText(text: string): string {
  return replaceSpecial(text, /[&<>\r]/g);
}

export function escapeAttribute(text: string): string {
  return replaceSpecial(text, /[&<"\t\n\r]/g);
}

/** The namespaces in scope of an element: its own declarations over those of what it stands in. */
function inScope(element: XmlElement, outer: Namespaces): Namespaces {
  if (element.declarations.size === 0) return outer;
  const all = new Map(outer);
  for (const [prefix, name] of element.declarations) all.set(prefix, name);
  return all;
}

function ancestorsOf(element: XmlElement): XmlElement[] {
  const ancestors: XmlElement[] = [];
  for (let next = element.parent; next !== undefined; next = next.parent) ancestors.push(next);
  return ancestors;
}

/** What the first element of a subset takes over of `xml:` attributes: the nearest of each name (§2.4). */
function inheritedAttributes(element: XmlElement, ancestors: readonly XmlElement[]): XmlAttribute[] {
  const found = new Map<string, XmlAttribute>();
  for (const { attributes } of [element, ...ancestors]) {
    for (const attribute of attributes) {
      if (attribute.namespace === XML_NAMESPACE && !found.has(attribute.local)) found.set(attribute.local, attribute);
    }
  }
  for (const { namespace, local } of element.attributes) if (namespace === XML_NAMESPACE) found.delete(local);
  return [...found.values()];
}

function prefixOf({ name, local }: XmlAttribute): string {
  return name.slice(0, Math.max(0, name.length - local.length - 1));
}

/** The prefixes that the element and its attributes use, and those that were asked for. */
function usedPrefixes(element: XmlElement, asked: readonly string[]): Set<string> {
  const used = new Set([element.prefix, ...asked]);
  for (const attribute of element.attributes) if (attribute.namespace !== '') used.add(prefixOf(attribute));
  return used;
}

class Canonicalizer {
  readonly form: CanonicalForm;
  readonly parts: string[] = [];

  constructor(form: CanonicalForm) {
    this.form = form;
  }

  /** Namespace declarations to be written: those that the output does not have yet (§2.3, Exclusive §3). */
  namespacesToWrite(element: XmlElement, scope: Namespaces, written: Namespaces): [string, string][] {
    const { exclusive } = this.form;
    const candidates = exclusive === undefined ? scope.keys() : usedPrefixes(element, exclusive);
    const result: [string, string][] = [];
    for (const prefix of new Set(['', ...candidates])) {
      if (prefix === 'xml') continue;
      if (exclusive !== undefined && prefix === '' && element.prefix !== '' && !exclusive.includes('')) continue;
      const name = scope.get(prefix) ?? '';
      if (name === (written.get(prefix) ?? '')) continue;
      if (name !== '' && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(name)) {
        throw new ParseError('xml', 'relative-namespace', `the namespace name '${name}' is not absolute`);
      }
      result.push([prefix, name]);
    }
    return result.sort(([a], [b]) => compareText(a, b));
  }

  element(element: XmlElement, outer: Namespaces, written: Namespaces, inherited: readonly XmlAttribute[]): void {
    const scope = inScope(element, outer);
    const namespaces = this.namespacesToWrite(element, scope, written);
    this.parts.push('<', element.name);
    for (const [prefix, name] of namespaces) {
      this.parts.push(prefix === '' ? ' xmlns' : ` xmlns:${prefix}`, '="', escapeAttribute(name), '"');
    }
    for (const { name, value } of [...element.attributes, ...inherited].sort(compareAttributes)) {
      this.parts.push(' ', name, '="', escapeAttribute(value), '"');
    }
    this.parts.push('>');
    const now = namespaces.length === 0 ? written : new Map([...written, ...namespaces]);
    for (const child of element.children) this.node(child, scope, now);
    this.parts.push('</', element.name, '>');
  }

  node(node: XmlNode, scope: Namespaces, written: Namespaces): void {
    switch (node.kind) {
      case 'element':
        this.element(node, scope, written, []);
        break;
      case 'text':
        this.parts.push(escapeText(node.text));
        break;
      case 'comment':
        if (this.form.comments === true) this.parts.push('<!--', node.text, '-->');
        break;
      case 'instruction':
        this.parts.push('<?', node.target, node.body === '' ? '' : ` ${node.body}`, '?>');
    }
  }

  /** §2.2: what stands before the root ends in a line feed, what stands behind it begins with one. */
  document({ children, root }: XmlDocument): void {
    const rootAt = children.indexOf(root);
    for (const [index, child] of children.entries()) {
      if (child.kind === 'comment' && this.form.comments !== true) continue;
      if (index > rootAt) this.parts.push('\n');
      this.node(child, NO_NAMESPACES, NO_NAMESPACES);
      if (index < rootAt) this.parts.push('\n');
    }
  }

  subset(apex: XmlElement): void {
    const ancestors = ancestorsOf(apex);
    const outer = ancestors.reduceRight<Namespaces>((scope, ancestor) => inScope(ancestor, scope), NO_NAMESPACES);
    const inherited = this.form.exclusive === undefined ? inheritedAttributes(apex, ancestors) : [];
    this.element(apex, outer, NO_NAMESPACES, inherited);
  }
}

/**
 * The canonical bytes of a document, or of an element as the subset of its document that is the element with everything in
 * it. Throws ParseError `relative-namespace`, for which canonical XML is not defined.
 */
export function canonicalize(node: XmlDocument | XmlElement, form: CanonicalForm = {}): Uint8Array {
  const canonicalizer = new Canonicalizer(form);
  if (node.kind === 'document') canonicalizer.document(node);
  else canonicalizer.subset(node);
  return new TextEncoder().encode(canonicalizer.parts.join(''));
}
