// What the certificates that the service issues may be used for: object identifiers of our own by default, so that nobody's
// policy about Microsoft's certificates is met by accident, and Microsoft's for lab roots whose operator asks for them.
import { ASSAY_USAGES, OID } from '@assay/authenticode';
import type { SigningProfileName } from './profiles.ts';

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
