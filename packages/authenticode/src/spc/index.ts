// Front door of the structures that Authenticode adds to PKCS#7.
export {
  encodeOpusInfo,
  encodeStatementType,
  type OpusInfo,
  readOpusInfo,
  readStatementType,
  type StatementType,
} from './attributes.ts';
export {
  encodeIndirectData,
  type IndirectData,
  type IndirectDataKind,
  parseIndirectData,
  readIndirectData,
} from './indirect-data.ts';
