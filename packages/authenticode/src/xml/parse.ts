// Reads XML 1.0 with namespaces into a tree. Document types are refused, so there are no entities but the five that XML
// has, no default attributes, and nothing outside the document is looked at.
import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes';
import { ParseError } from '../errors.ts';
import { decodeXml } from './decode.ts';
import { type XmlLimits, xmlLimits } from './limits.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from './tree.ts';

const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** An element that is still being read. */
interface OpenElement {
  readonly element: { -readonly [Key in keyof XmlElement]: XmlElement[Key] };
  readonly children: XmlNode[];
}

function refuse(code: string, message: string): never {
  throw new ParseError('xml', code, message);
}

/** The parser of saxes, and how much more it may be given. */
function limitedParser(limits: XmlLimits) {
  // The version is forced, or a declaration of 1.1 would change what characters and line ends are.
  const parser = new SaxesParser({ xmlns: true, position: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  let elements = 0;
  let depth = 0;
  let attributes = 0;
  parser.on('error', (error) => refuse('malformed', `the XML is malformed: ${error.message}`));
  parser.on('doctype', () => refuse('doctype', 'the XML has a document type, which is not accepted'));
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > limits.attributes) {
      refuse('too-many-attributes', `an element has more than ${limits.attributes} attributes`);
    }
  });
  const opened = () => {
    attributes = 0;
    elements += 1;
    depth += 1;
    if (elements > limits.elements) refuse('too-many-elements', `the XML has more than ${limits.elements} elements`);
    if (depth > limits.depth) refuse('too-deep', `the XML has elements more than ${limits.depth} deep`);
  };
  const closed = () => {
    depth -= 1;
  };
  return { parser, opened, closed };
}

function readAttributes(tag: SaxesTagNS): { attributes: XmlAttribute[]; declarations: Map<string, string> } {
  const attributes: XmlAttribute[] = [];
  const declarations = new Map<string, string>();
  for (const { name, prefix, local, uri, value } of Object.values<SaxesAttributeNS>(tag.attributes)) {
    if (uri !== XMLNS_NAMESPACE) {
      attributes.push({ name, local, namespace: uri, value });
    } else {
      // Otherwise the parser would resolve another name than the one that is canonicalized.
      if (value.trim() !== value) refuse('bad-namespace', `the namespace name '${value}' begins or ends with a space`);
      declarations.set(prefix === '' ? '' : local, value);
    }
  }
  return { attributes, declarations };
}

/**
 * Reads a document. Throws ParseError: `malformed` with line and column, `doctype`, `bad-encoding`, and those of limits.
 */
export function parseXml(bytes: Uint8Array, limits: Partial<XmlLimits> = {}): XmlDocument {
  const effective = xmlLimits(limits);
  if (bytes.length > effective.bytes)
    refuse('too-large', `the XML has ${bytes.length} bytes, at most ${effective.bytes}`);
  const { text, encoding } = decodeXml(bytes);
  const { parser, opened, closed } = limitedParser(effective);
  const outside: XmlNode[] = [];
  const open: OpenElement[] = [];
  let inScope = 0;
  let root: XmlElement | undefined;
  let start = 0;
  const add = (node: XmlNode) => {
    (open.at(-1)?.children ?? outside).push(node);
  };
  const addText = (value: string) => {
    // White space around the root is not part of the document's content.
    if (open.length > 0 && value !== '') add({ kind: 'text', text: value });
  };
  parser.on('xmldecl', (declaration) => {
    if (declaration.version !== '1.0') refuse('bad-version', `XML ${declaration.version} is not XML 1.0`);
    const declared = declaration.encoding?.toLowerCase();
    if (declared !== undefined && declared !== encoding && declared !== encoding.replace(/[lb]e$/, '')) {
      refuse(
        'bad-encoding',
        `the document says that it is ${declaration.encoding}, but it is ${encoding.toUpperCase()}`,
      );
    }
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('comment', (comment) => add({ kind: 'comment', text: comment }));
  parser.on('processinginstruction', ({ target, body }) => add({ kind: 'instruction', target, body }));
  parser.on('opentagstart', () => {
    opened();
    // Between its bracket and here the parser has seen the name of the element and one character.
    start = text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('opentag', (tag) => {
    const { name, prefix, local, uri: namespace } = tag;
    const parent = open.at(-1)?.element;
    const children: XmlNode[] = [];
    const names = { name, prefix, local, namespace };
    const own = readAttributes(tag);
    inScope += own.declarations.size;
    if (inScope > effective.namespaces) {
      refuse('too-many-namespaces', `more than ${effective.namespaces} namespace declarations are in scope`);
    }
    const element = { kind: 'element', ...names, ...own, parent, children, start, end: start } as const;
    add(element);
    root ??= element;
    open.push({ element, children });
  });
  parser.on('closetag', () => {
    const closing = open.pop();
    inScope -= closing?.element.declarations.size ?? 0;
    if (closing !== undefined) closing.element.end = parser.position;
    closed();
  });
  parser.write(text).close();
  return root === undefined
    ? refuse('malformed', 'the XML has no element')
    : { kind: 'document', text, encoding, root, children: outside };
}
