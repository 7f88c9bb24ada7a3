// Administers the certificates with which accounts sign their packages: with a signed file as over HTTP, or with the
// certificate alone, for operators who know whose it is.
import type { Certificate } from '@assay/authenticode';
import type { Clock } from '../clock.ts';
import { createCertificateRegistration, RegistrationRefused } from '../identity/index.ts';
import { codeSigningProblems, describeSigner, identifySigner } from '../inspector/operations/identify-signer.ts';
import { OPERATOR } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import type { SubmissionCertificate } from '../store/schema.ts';
import { listSubmissionCertificates } from '../store/submission-certificates.ts';
import { AdministrationError } from './administration-error.ts';

export interface SubmissionCertificateView {
  /** SHA-256, lower-case hex. */
  readonly thumbprint: string;
  readonly subject: string;
  readonly issuer: string | undefined;
  readonly notBefore: string | undefined;
  readonly notAfter: string | undefined;
  readonly isExtendedValidation: boolean | undefined;
  readonly registeredBy: string | undefined;
  readonly registeredAt: string;
}

export interface RegisteredCertificate {
  readonly certificate: SubmissionCertificateView;
  /** False when it was registered already. */
  readonly created: boolean;
}

export interface CertificateAdministration {
  /** Registers a certificate that may sign code now. Throws AdministrationError. */
  register(sellerId: bigint, certificate: Certificate): Promise<RegisteredCertificate>;
  /** Registers the certificate that signed a file of `makeSignableFile`. Throws AdministrationError. */
  registerSignedFile(sellerId: bigint, file: Uint8Array): Promise<RegisteredCertificate>;
  /** Bytes of a file for this account to sign. */
  makeSignableFile(sellerId: bigint): Promise<Uint8Array>;
  list(sellerId: bigint): Promise<readonly SubmissionCertificateView[]>;
  /** `thumbprint` is the SHA-256. Throws AdministrationError when it is not registered. */
  remove(sellerId: bigint, thumbprint: string): Promise<void>;
}

function viewOf(row: SubmissionCertificate): SubmissionCertificateView {
  return {
    thumbprint: row.thumbprint,
    subject: row.subject,
    issuer: row.issuer ?? undefined,
    notBefore: row.not_before ?? undefined,
    notAfter: row.not_after ?? undefined,
    isExtendedValidation: row.is_extended_validation === null ? undefined : row.is_extended_validation === 1n,
    registeredBy: row.registered_by ?? undefined,
    registeredAt: row.registered_at,
  };
}

export function administerCertificates(database: Database, clock: Clock): CertificateAdministration {
  const registration = createCertificateRegistration({
    database,
    clock,
    // The operator's own file, in the operator's own process.
    examine: ({ file, challenges, at }) =>
      identifySigner({ operation: 'identifySigner', file, challenges, at: at.getTime() }),
  });
  return {
    async register(sellerId, certificate) {
      const problems = codeSigningProblems(certificate, clock());
      if (problems.length > 0) throw new AdministrationError('invalidInput', problems.join(' '));
      const registered = await registration.registerCertificate(sellerId, describeSigner(certificate), OPERATOR);
      return { ...registered, certificate: viewOf(registered.certificate) };
    },

    async registerSignedFile(sellerId, file) {
      try {
        const registered = await registration.registerSignedFile(sellerId, file, OPERATOR);
        return { ...registered, certificate: viewOf(registered.certificate) };
      } catch (error) {
        if (error instanceof RegistrationRefused) throw new AdministrationError('invalidInput', error.message);
        throw error;
      }
    },

    makeSignableFile: (sellerId) => registration.makeSignableFile(sellerId),
    list: async (sellerId) => (await listSubmissionCertificates(database, sellerId)).map(viewOf),

    async remove(sellerId, thumbprint) {
      if (await registration.remove(sellerId, thumbprint, OPERATOR)) return;
      throw new AdministrationError('notFound', `No certificate with the thumbprint ${thumbprint} is registered.`);
    },
  };
}
