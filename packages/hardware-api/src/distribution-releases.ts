// The Windows releases that `inServicePublishInfo` may name as floor and ceiling, in their order. The names are those of "In
// service publish information object" on Microsoft's page "Get shipping label data" and, for MN and GE, those that real
// clients know; the build numbers are those of the first general release.
import type { OperatingSystemVersion } from './operating-system-releases.ts';

export interface DistributionRelease {
  readonly name: string;
  /** The first build that counts as this release. */
  readonly build: number;
  /** Another spelling that real clients send. */
  readonly alias?: string;
  readonly status: 'documented' | 'observed';
}

/** Oldest first. MN was never released by itself: its number is that of its first preview, which gives its place in the order. */
export const DISTRIBUTION_RELEASES: readonly DistributionRelease[] = [
  { name: 'TH', build: 10240, status: 'documented' },
  { name: 'RS1', build: 14393, status: 'documented' },
  { name: 'RS2', build: 15063, status: 'documented' },
  { name: 'RS3', build: 16299, status: 'documented' },
  { name: 'RS4', build: 17134, status: 'documented' },
  { name: 'RS5', build: 17763, status: 'documented' },
  { name: '19H1', build: 18362, alias: 'NineteenH1', status: 'documented' },
  { name: 'VB', build: 19041, status: 'documented' },
  { name: 'MN', build: 19536, status: 'observed' },
  { name: 'FE', build: 20348, status: 'documented' },
  { name: 'CO', build: 22000, status: 'documented' },
  { name: 'NI', build: 22621, status: 'documented' },
  { name: 'GE', build: 26100, status: 'observed' },
];

/** The place of a release in the order, by its name or alias without regard to case; -1 when it is unknown. */
export function distributionOrder(name: string): number {
  const wanted = name.trim().toLowerCase();
  return DISTRIBUTION_RELEASES.findIndex(
    (release) => release.name.toLowerCase() === wanted || release.alias?.toLowerCase() === wanted,
  );
}

/** The place of the release that a version of Windows belongs to; -1 for what is older than Windows 10. */
export function distributionOrderOf({ major, build = 0 }: OperatingSystemVersion): number {
  return major < 10 ? -1 : DISTRIBUTION_RELEASES.findLastIndex((release) => release.build <= build);
}
