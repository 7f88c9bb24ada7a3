// Front door of ZIP archives: read strictly, written as changes to one that exists.
export { openZip, type ZipArchive } from './archive.ts';
export type { ZipEntry, ZipMethod } from './directory.ts';
export { DEFAULT_ZIP_LIMITS, type ZipLimits, zipLimits } from './limits.ts';
export { foldName } from './names.ts';
export { writeZip, type ZipAddition, type ZipChanges, zipRewrite } from './write.ts';
