// A parsed document: elements with what canonicalization needs to know of them, and how to find one's way among them.

export interface XmlAttribute {
  /** As it was written, with its prefix. */
  readonly name: string;
  readonly local: string;
  /** Namespace name; empty when the attribute has no prefix. */
  readonly namespace: string;
  /** Normalized as XML 1.0 §3.3.3 says for CDATA: references replaced, white space turned into spaces. */
  readonly value: string;
}

export interface XmlElement {
  readonly kind: 'element';
  /** As it was written, with its prefix. */
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  /** Namespace name; empty when there is none. */
  readonly namespace: string;
  /** Without namespace declarations, in the order of the document. */
  readonly attributes: readonly XmlAttribute[];
  /** Namespace declarations of this element by prefix; the default namespace has the empty prefix. */
  readonly declarations: ReadonlyMap<string, string>;
  readonly parent: XmlElement | undefined;
  readonly children: readonly XmlNode[];
  /** Where it begins and ends in the text of the document, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

export type XmlNode =
  | XmlElement
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'instruction'; readonly target: string; readonly body: string };

export type XmlEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export interface XmlDocument {
  readonly kind: 'document';
  /** The document as it was read, without its byte order mark. */
  readonly text: string;
  readonly encoding: XmlEncoding;
  readonly root: XmlElement;
  /** The root, and comments and processing instructions before and behind it. */
  readonly children: readonly XmlNode[];
}

export function isNamed(node: XmlNode, namespace: string, local: string): node is XmlElement {
  return node.kind === 'element' && node.namespace === namespace && node.local === local;
}

/** The children that are elements. */
export function childElements(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => child.kind === 'element');
}

/** The value of an attribute without namespace. */
export function attributeOf(element: XmlElement, local: string): string | undefined {
  return element.attributes.find((attribute) => attribute.namespace === '' && attribute.local === local)?.value;
}

/** The text right inside an element; that of elements inside it does not count. */
export function textOf(element: XmlElement): string {
  return element.children.map((child) => (child.kind === 'text' ? child.text : '')).join('');
}
