// Front door of security catalogs.
export type { Catalog, CatalogAttribute, CatalogEntry, CatalogMemberKind, FileDigests } from './catalog.ts';
export {
  type CatalogMember,
  type CatalogRequest,
  catalogFileName,
  createCatalog,
  driverCatalogAttributes,
} from './create-catalog.ts';
export { findCatalogMember, parseCatalog, readCatalog } from './parse-catalog.ts';
export { catalog } from './signable-catalog.ts';
