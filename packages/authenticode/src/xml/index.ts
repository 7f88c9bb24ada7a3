// Front door of XML: parse bounded documents, canonicalize them, write small ones.
export { type CanonicalForm, canonicalize, escapeText } from './canonicalize.ts';
export { DEFAULT_XML_LIMITS, type XmlLimits, xmlLimits } from './limits.ts';
export { parseXml } from './parse.ts';
export {
  attributeOf,
  childElements,
  isNamed,
  textOf,
  type XmlAttribute,
  type XmlDocument,
  type XmlElement,
  type XmlEncoding,
  type XmlNode,
} from './tree.ts';
export { documentBytes, elementText, replaceText, treeText } from './write.ts';
