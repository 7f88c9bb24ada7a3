// Front door of HLK and HCK packages: reading, writing, and what must hold for them.

export { checkHlkResults, checkHlkxDrivers, checkKit } from './checks.ts';
export { type HlkxDriverFile, listDriverFiles } from './driver-parts.ts';
export { checkDriverUpdate, type UpdatableDriver } from './driver-update.ts';
export { type HardwareKit, identifyKit } from './kit.ts';
export type {
  HlkDriver,
  HlkPackageInfo,
  HlkProductInstance,
  HlkProject,
  HlkTarget,
  HlkTestCounts,
} from './package-facts.ts';
export type { HlkxPart, HlkxPartKind } from './package-parts.ts';
export { bestProductType, operatingSystemFamily } from './product-types.ts';
export { type HlkxDescription, type HlkxOptions, readHlkx } from './read.ts';
export { checkMadeFromShell, makeHlkxShell, type ShellLabel } from './shell.ts';
export { addHlkxDrivers, type HlkxDriverInput, type HlkxRequest, writeHlkx } from './write.ts';
