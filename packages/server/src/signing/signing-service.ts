// Makes each signature once and writes it into the log before anyone gets it.
import { createSignedData, type SignableContent, type SigningKey } from '@assay/authenticode';
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import { appendSignature, findSignature } from '../store/signatures.ts';

export interface SigningRequest {
  /** The submission, or the preprod package by its id inside. */
  readonly submissionId: bigint;
  /** Its path in the audit log; `submissions/{submissionId}` when it is not given. */
  readonly entity?: string;
  /** Path inside the package. */
  readonly subject: string;
  readonly purpose: 'image' | 'catalog';
  /** What the signature covers. */
  readonly content: SignableContent;
  /** Lower-case hex of the SHA-256 that identifies the file: its Authenticode digest. */
  readonly digest: string;
  /** Written into the signature: the submitter's legal name. */
  readonly programName: string;
}

export interface SigningService {
  /** The certificate that signs and those above it. */
  readonly key: Pick<SigningKey, 'certificate' | 'chain'>;
  /**
   * DER of the SignedData for this file. Asked again for the same submission, path and digest, it gives the signature
   * that stands in the log rather than a second one.
   */
  sign(request: SigningRequest): Promise<Uint8Array>;
}

/** A signing service on one key. */
export function createSigningService(database: Database, key: SigningKey, clock: Clock): SigningService {
  return {
    key,
    async sign(request) {
      const existing = await findSignature(database, request.submissionId, request.subject, request.digest);
      if (existing) return Buffer.from(existing.signature, 'base64');
      const signature = await createSignedData({
        content: request.content,
        key,
        digestAlgorithm: 'sha256',
        programName: request.programName,
      });
      const recorded = await appendSignature(
        database,
        {
          submission_id: request.submissionId,
          subject: request.subject,
          purpose: request.purpose,
          digest_algorithm: 'sha256',
          digest: request.digest,
          certificate_thumbprint: key.certificate.thumbprint,
          signature: Buffer.from(signature).toString('base64'),
        },
        clock,
        request.entity,
      );
      return Buffer.from(recorded.signature, 'base64');
    },
  };
}
