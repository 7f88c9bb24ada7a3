// How much a document may ask of the machine that reads it.

export interface XmlLimits {
  /** Most bytes of the document. */
  readonly bytes: number;
  /** Most elements inside one another. */
  readonly depth: number;
  readonly elements: number;
  /** Most attributes, namespace declarations included, of one element. */
  readonly attributes: number;
  /** Most namespace declarations in scope of one element: canonical form looks at each of them for every element. */
  readonly namespaces: number;
}

export const DEFAULT_XML_LIMITS: XmlLimits = {
  bytes: 64 * 1024 ** 2,
  depth: 100,
  elements: 200_000,
  attributes: 256,
  namespaces: 64,
};

/** The default limits with these changes. */
export function xmlLimits(changes: Partial<XmlLimits> = {}): XmlLimits {
  return { ...DEFAULT_XML_LIMITS, ...changes };
}
