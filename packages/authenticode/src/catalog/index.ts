// Front door of security catalogs.
export {
  CATALOG_ATTRIBUTE_FLAGS,
  type Catalog,
  type CatalogAttribute,
  type CatalogEntry,
  type CatalogMemberKind,
  type CatalogNameValue,
  type CatalogVersion,
  type FileDigests,
  type LinkForm,
} from './catalog.ts';
export { type CatalogMember, type CatalogRequest, catalogFileName, createCatalog } from './create-catalog.ts';
export { type DriverCatalogFacts, driverCatalogAttributes } from './driver-attributes.ts';
export type { CatalogAttributeRequest } from './name-value.ts';
export {
  type CatalogLimits,
  DEFAULT_CATALOG_LIMITS,
  findCatalogMember,
  findCatalogMembers,
  parseCatalog,
  readCatalog,
} from './parse-catalog.ts';
export { catalog } from './signable-catalog.ts';
