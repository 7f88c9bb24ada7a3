// Signing profiles: how a package is signed, by what was asked for. Each has a key of its own, so that whoever trusts one kind
// of package need not trust the others.
import type { KeyLocation } from '@assay/key-stores';

/** Every profile there is. */
export const SIGNING_PROFILES = ['attestation', 'whql', 'test', 'flight', 'preprod'] as const;

export type SigningProfileName = (typeof SIGNING_PROFILES)[number];

/** Where time stamps come from: the built-in authority, nowhere, or these in order until one answers. */
export type TimestampSource = 'built-in' | 'none' | readonly string[];

/** The digests that signatures may rely on. */
export const PROFILE_DIGESTS = ['sha256', 'sha384', 'sha512'] as const;

/** What the operator says about a profile. */
export interface SigningProfileOptions {
  /** The service's own key for this profile when absent. */
  readonly key?: 'built-in' | KeyLocation;
  /** What becomes of signatures that an image came with. `append` by default: the first stays primary, ours is nested. */
  readonly mode?: 'append' | 'replace';
  /** `sha256` by default. */
  readonly digestAlgorithm?: (typeof PROFILE_DIGESTS)[number];
  /** Whether signatures of images list the digest of each page. False by default. */
  readonly pageHashes?: boolean;
  /** 1 for Windows 7 and 2008 R2, which cannot read version 2. 2 by default. */
  readonly catalogVersion?: 1 | 2;
  /** Written into each signature; nothing by default. */
  readonly moreInfoUrl?: string;
  /** What `ServerOptions.timestampUrls` says, when absent. */
  readonly timestampUrls?: TimestampSource;
  /** Whose extended key usages the built-in certificate carries. `assay` by default. */
  readonly usages?: 'assay' | 'microsoft';
}

export type SigningProfilesOptions = Readonly<Partial<Record<SigningProfileName, SigningProfileOptions>>>;

/** A profile with everything decided. */
export type SigningProfile = Required<Omit<SigningProfileOptions, 'moreInfoUrl'>> & {
  readonly name: SigningProfileName;
  readonly moreInfoUrl: string | undefined;
};

const DEFAULTS = {
  key: 'built-in',
  mode: 'append',
  digestAlgorithm: 'sha256',
  pageHashes: false,
  catalogVersion: 2,
  usages: 'assay',
} as const;

/** The profiles as they are used: what the operator says, and the defaults for the rest. */
export function resolveProfiles(
  options: SigningProfilesOptions,
  timestampUrls: TimestampSource,
): readonly SigningProfile[] {
  return SIGNING_PROFILES.map((name) => ({
    timestampUrls,
    moreInfoUrl: undefined,
    ...DEFAULTS,
    ...options[name],
    name,
  }));
}

/**
 * The profile for a submission of a product. A product may be marked for tests and for flights whatever its test harness, and
 * for both at once; then the narrower promise counts: test before flight before what the harness says.
 */
export function chooseProfile(product: {
  readonly testHarness: string;
  readonly isTestSign: boolean;
  readonly isFlightSign: boolean;
}): SigningProfileName {
  if (product.isTestSign) return 'test';
  if (product.isFlightSign) return 'flight';
  return product.testHarness === 'hlk' || product.testHarness === 'hck' ? 'whql' : 'attestation';
}

/** The profile cannot be used, or the file that says so; the message names the place and says what to do. */
export class SigningProfileError extends Error {
  override readonly name = 'SigningProfileError';
}
