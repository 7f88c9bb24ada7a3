// How much a package may unpack to: a few megabytes that become gigabytes fill the disk on which others wait.
import type { PackageLimits } from '../protocol.ts';

/** Most bytes of all files together for a package of `size` bytes. */
export function mostUnpackedBytes(size: number, limits: PackageLimits): number {
  return Math.min(limits.totalBytes, Math.max(limits.freeBytes, size * limits.expansionRatio));
}
