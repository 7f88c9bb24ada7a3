// The INF language: text, tokens, sections, and what they say of a driver.
export type { InfEncoding } from './decode.ts';
export {
  type Architecture,
  compareOsVersions,
  type Decoration,
  type OsVersion,
  parseDecoration,
} from './decoration.ts';
export {
  type CatalogFileName,
  type DriverVersion,
  describeInf,
  type InfDescription,
  parseDriverDate,
  parseDriverVersionNumber,
} from './description.ts';
export {
  expandTokens,
  findEntries,
  findSection,
  findValue,
  type InfDocument,
  type InfEntry,
  type InfSection,
  parseInf,
  undefinedTokens,
} from './document.ts';
export { type InfModel, listModels, listModelsReferences, type ModelsReference } from './models.ts';
export { type CopiedFile, listCopiedFiles } from './source-files.ts';
export type { InfField } from './tokenizer.ts';
