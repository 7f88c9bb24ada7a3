// Makes each signature once, with the key of its profile; writes it into the log before anyone gets it, and has it stamped
// after that.
import {
  addUnauthenticatedAttribute,
  createSignedData,
  OID,
  parseSignedData,
  type SignableContent,
  type SigningKey,
  type Timestamper,
} from '@assay/authenticode';
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import { appendSignature, findSignature } from '../store/signatures.ts';
import { findTimeStamp, keepTimeStamp } from '../store/time-stamps.ts';
import { type SigningProfile, SigningProfileError, type SigningProfileName } from './profiles.ts';

export interface SigningRequest {
  readonly profile: SigningProfileName;
  /** The submission, or the preprod package by its id inside. */
  readonly submissionId: bigint;
  /** Its path in the audit log; `submissions/{submissionId}` when it is not given. */
  readonly entity?: string;
  /** Path inside the package. */
  readonly subject: string;
  readonly purpose: 'image' | 'catalog';
  /** What the signature covers, made with the profile's digest. */
  readonly content: SignableContent;
  /** Lower-case hex of the SHA-256 that identifies the file, whatever the profile's digest: its Authenticode digest. */
  readonly digest: string;
  /** Written into the signature: the submitter's legal name. */
  readonly programName: string;
  /** For a signature that is added to others: how many there are. */
  readonly sequenceNumber?: number;
  /** Ends the wait for a time stamp. */
  readonly signal?: AbortSignal;
}

/** A signature, and who made it. */
export interface LoggedSignature {
  /** DER of the SignedData, with a time stamp if the profile says so. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the signer's certificate in lower-case hex: of a renewed one, when the signature was logged before. */
  readonly signer: string;
}

/** A profile with what everyone may know of its key. */
export interface OpenedProfile extends Omit<SigningProfile, 'key'> {
  /** The certificate that signs. */
  readonly certificate: SigningKey['certificate'];
  /** Its issuers, nearest first. */
  readonly chain: SigningKey['chain'];
}

export interface SigningService {
  profile(name: SigningProfileName): OpenedProfile;
  /**
   * The signature for this file. Asked again for the same submission, path
   * and digest, it gives the signature and the stamp that stand in the log rather than others. Throws SigningError
   * `timestamp-failed` when no authority gives a stamp: a signature that should have one is never given without.
   */
  sign(request: SigningRequest): Promise<LoggedSignature>;
}

/** A profile ready to sign. */
export interface ProfileSigner {
  readonly profile: SigningProfile;
  readonly key: SigningKey;
  /** Absent when signatures of the profile get no stamp. */
  readonly timestamper?: Timestamper;
}

/** Throws SigningProfileError when the certificate cannot sign code now: each of its signatures would be found wanting. */
function checkCertificate({ profile, key }: ProfileSigner, now: Date): void {
  const { certificate } = key;
  const refuse = (why: string): never => {
    throw new SigningProfileError(
      `The certificate of the signing profile "${profile.name}" (${certificate.subject}) ${why}. Give the profile another key.`,
    );
  };
  if (now < certificate.notBefore) refuse(`is not valid before ${certificate.notBefore.toISOString()}`);
  if (now > certificate.notAfter) refuse(`expired on ${certificate.notAfter.toISOString()}`);
  const usages = certificate.extendedKeyUsages;
  if (usages !== undefined && !usages.includes(OID.codeSigning)) {
    refuse(`is not for code signing: its extended key usages lack ${OID.codeSigning}`);
  }
}

/** Rejects as soon as the signal does; what was begun may go on, unheard. */
async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A signing service with these profiles. Throws SigningProfileError when a certificate cannot sign code now. */
export function createSigningService(
  database: Database,
  signers: readonly ProfileSigner[],
  clock: Clock,
): SigningService {
  const byName = new Map(signers.map((signer) => [signer.profile.name, signer]));
  for (const signer of signers) checkCertificate(signer, clock());

  function signerOf(name: SigningProfileName): ProfileSigner {
    const signer = byName.get(name);
    if (signer === undefined) throw new Error(`there is no signing profile "${name}"`);
    return signer;
  }

  async function stamped(
    sequence: bigint,
    signature: Uint8Array,
    timestamper: Timestamper,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const [signerInfo] = parseSignedData(signature).signerInfos;
    if (signerInfo === undefined) throw new Error(`signature ${sequence} of the log has no signer`);
    const kept = await findTimeStamp(database, sequence);
    const token =
      kept ??
      (await keepTimeStamp(database, sequence, await unlessAborted(timestamper(signerInfo.signature), signal), clock));
    return addUnauthenticatedAttribute(signature, OID.timeStampToken, token);
  }

  return {
    profile(name) {
      const {
        profile: { key: _location, ...profile },
        key,
      } = signerOf(name);
      return { ...profile, certificate: key.certificate, chain: key.chain };
    },
    async sign(request) {
      const { profile, key, timestamper } = signerOf(request.profile);
      const logged =
        (await findSignature(database, request.submissionId, request.subject, request.digest)) ??
        (await appendSignature(
          database,
          {
            submission_id: request.submissionId,
            subject: request.subject,
            purpose: request.purpose,
            digest_algorithm: 'sha256',
            digest: request.digest,
            certificate_thumbprint: key.certificate.thumbprint,
            signature: Buffer.from(
              await createSignedData({
                content: request.content,
                key,
                digestAlgorithm: profile.digestAlgorithm,
                programName: request.programName,
                ...(profile.moreInfoUrl === undefined ? {} : { moreInfoUrl: profile.moreInfoUrl }),
                ...(request.sequenceNumber === undefined ? {} : { sequenceNumber: request.sequenceNumber }),
              }),
            ).toString('base64'),
          },
          clock,
          request.entity,
        ));
      const signature = Buffer.from(logged.signature, 'base64');
      return {
        bytes:
          timestamper === undefined
            ? signature
            : await stamped(logged.sequence, signature, timestamper, request.signal),
        signer: logged.certificate_thumbprint,
      };
    },
  };
}
