// What a hardware submission is made of: the layout of its container, its INFs, the rules they must keep, its metadata.
export { infArchitecture } from './architecture.ts';
export { identifyContainer } from './container.ts';
export { InfError } from './errors.ts';
export type { Finding, Severity } from './finding.ts';
export * from './hlkx/index.ts';
export * from './inf/index.ts';
export { combineInfKinds, type InfKinds, judgeInfKinds } from './inf-kinds.ts';
export { checkLayout, type DriverFile, type DriverFolder, type Layout, type LayoutEntry } from './layout.ts';
export { type MemberName, normalizeMemberName } from './member-name.ts';
export {
  type BundleInfo,
  createDriverMetadata,
  type DriverBundle,
  type DriverMetadata,
  type InfInfo,
  type PnpInfo,
} from './metadata/driver-metadata.ts';
export { type MetadataEntry, restrictDriverMetadata } from './metadata/restrict-metadata.ts';
export { type FeatureScore, type InfTargeting, readTargeting } from './metadata/targeting.ts';
export { appliesTo, type RequestedOperatingSystem } from './operating-systems.ts';
export { openPackageContent, type PackageContent, type PackageContentLimits } from './package-content.ts';
export * from './rules/index.ts';
