// What the certificates that the service issues may be used for: object identifiers of our own by default, so that nobody's
// policy about Microsoft's certificates is met by accident, and Microsoft's for lab roots whose operator asks for them.
import { OID } from '@assay/authenticode';
import type { SigningProfileName } from './profiles.ts';

/**
 * Where our object identifiers are. Microsoft lets anyone derive an arc below 1.2.840.113556.1.8000.2554 from a GUID ("Obtaining
 * an Object Identifier from Microsoft", Active Directory Schema): five parts of 16 bits and two of 24, in decimal. Ours is
 * a156d28e-1b08-4428-8de1-83a5b60774d0.
 */
const ASSAY_ARC = '1.2.840.113556.1.8000.2554.41302.53902.6920.17448.36321.8627638.488656';

/** Extended key usages of our own: one for each profile, below `.1`. */
export const ASSAY_USAGES: Readonly<Record<SigningProfileName, string>> = {
  whql: `${ASSAY_ARC}.1.1`,
  attestation: `${ASSAY_ARC}.1.2`,
  test: `${ASSAY_ARC}.1.3`,
  flight: `${ASSAY_ARC}.1.4`,
  preprod: `${ASSAY_ARC}.1.5`,
};

/** The policy under which the built-in authority makes time stamps (RFC 3161 §2.4.2). */
export const TIMESTAMP_POLICY = `${ASSAY_ARC}.2.1`;

/** Windows preview builds: what Microsoft's certificates for flighted builds carry besides. */
const PREVIEW_BUILD = '1.3.6.1.4.1.311.10.3.27';

/**
 * Microsoft's extended key usages. Those of `whql` and `attestation` are documented ("Validate the Microsoft signature"); for
 * the others nothing is published, and we take what comes nearest.
 */
const MICROSOFT_USAGES: Readonly<Record<SigningProfileName, readonly string[]>> = {
  whql: [OID.windowsHardwareDriverVerification],
  attestation: [OID.windowsHardwareDriverAttestedVerification],
  test: [OID.windowsHardwareDriverVerification],
  flight: [OID.windowsHardwareDriverVerification, PREVIEW_BUILD],
  preprod: [OID.windowsHardwareDriverAttestedVerification],
};

/** The extended key usages of a certificate that the service issues for a profile; code signing is the first. */
export function usagesOf(profile: SigningProfileName, whose: 'assay' | 'microsoft'): readonly string[] {
  return [OID.codeSigning, ...(whose === 'microsoft' ? MICROSOFT_USAGES[profile] : [ASSAY_USAGES[profile]])];
}
