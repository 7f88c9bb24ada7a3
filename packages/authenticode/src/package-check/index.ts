// Front door of the check that a catalog and a driver package belong together.
export { checkPackage, type PackageCheckOptions } from './check-package.ts';
export type {
  EntryWithoutFile,
  LineEndings,
  PackageCheck,
  PackageFile,
  PackageFileCheck,
  PackageFileStatus,
} from './package-check.ts';
