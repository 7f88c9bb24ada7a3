// Front door of the DER reader and writer. `write` is a namespace, so that its short names read well at the call site.
export {
  DEFAULT_DER_LIMITS,
  DerElement,
  type DerHeader,
  type DerLimits,
  DerParts,
  decodeDer,
  readDerHeader,
} from './element.ts';
export { contextConstructed, contextPrimitive, TAG } from './tags.ts';
export {
  decodeUtf16Be,
  isString,
  readBigInteger,
  readBitString,
  readBoolean,
  readIntegerBytes,
  readOctetString,
  readOid,
  readSmallInteger,
  readString,
  readTime,
} from './values.ts';
export * as write from './write.ts';
