// The INF language: text, tokens, sections, and what they say of a driver.
export type { InfEncoding } from './decode.ts';
export {
  ARCHITECTURES,
  type Architecture,
  candidateNames,
  compareOsVersions,
  type Decoration,
  type DecorationProblem,
  diagnoseDecoration,
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
export type { InfDiagnostic, InfDiagnosticCode } from './diagnostics.ts';
export {
  type ArgumentKind,
  DIRECTIVES,
  type Directive,
  type DirectiveForm,
  directiveForm,
  directives,
  findDirectives,
  namedArguments,
  type SectionReference,
  sectionReferences,
} from './directives.ts';
export {
  type DestinationDirectory,
  type Directory,
  findDestination,
  findDirectory,
  type InstalledPath,
  parseInstalledPath,
  readDestinationDirs,
} from './directories.ts';
export {
  expandField,
  findEntries,
  findSection,
  findValue,
  type InfDocument,
  type InfEntry,
  type InfSection,
  type ParseInfOptions,
  parseInf,
} from './document.ts';
export { type FileOperation, type FileOperationKind, listFileOperations, readFileList } from './file-operations.ts';
export {
  followReferences,
  type InstallContent,
  type InstallSection,
  type InstallSubsection,
  listInstallSections,
  type NeededSection,
  SUBSECTION_SUFFIXES,
} from './install-sections.ts';
export { type InfModel, listModels, listModelsReferences, type ModelsReference } from './models.ts';
export { parseInfNumber } from './numbers.ts';
export { ADDREG_FLAGS, listRegistryEntries, type RegistryEntry, type RegistryType } from './registry-entries.ts';
export {
  ASSOCIATED_SERVICE,
  listServices,
  readServiceSettings,
  type ServiceInstallation,
  type ServiceSettings,
} from './services.ts';
export {
  locateSource,
  readSourceDisks,
  type SourceArchitecture,
  type SourceDisk,
  type SourceDisks,
  type SourceFile,
  type SourceLocation,
} from './source-disks.ts';
export { type CopiedFile, listCopiedFiles } from './source-files.ts';
export {
  listBuildVariables,
  listUndefinedTokens,
  locales,
  type PlacedName,
  resolve,
  stringsOf,
} from './strings.ts';
export type { InfField, SectionHead } from './tokenizer.ts';
export { expandTokens, undefinedTokens } from './tokens.ts';
