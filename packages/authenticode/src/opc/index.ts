// Front door of OPC packages: the parts of one, and HLKX packages as signable files.
export { CONTENT_TYPES_NAME } from './content-types.ts';
export { type OpcPackage, openPackage, type Part } from './package.ts';
export { PACKAGE_ROOT, resolveTarget } from './part-name.ts';
export type { Relationship } from './relationships.ts';
export { hlkx } from './signable-package.ts';
