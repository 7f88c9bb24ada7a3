// A time-stamping authority (RFC 3161): answers requests with tokens that its key signs. How requests reach it is not its
// business.
import { randomBytes } from 'node:crypto';
import { createCmsSignedData } from '../cms/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError, SigningError } from '../errors.ts';
import type { SigningKey } from '../keys/index.ts';
import { OID } from '../object-identifiers.ts';
import { parseTimestampRequest, type TimestampRequest } from './request.ts';
import { encodeGrantedResponse, encodeRejection, type TimestampFailure } from './response.ts';
import { encodeSigningCertificate } from './signing-certificate.ts';
import { type Accuracy, encodeTokenInfo } from './token-info.ts';
import { refuseAuthority } from './verification.ts';

/** What `createCertificate` needs for the certificate of an authority: time stamping as the only usage, critical (RFC 3161 §2.3). */
export const TIMESTAMP_AUTHORITY_USAGE = {
  extendedKeyUsages: [OID.timeStamping],
  extendedKeyUsagesCritical: true,
} as const;

export interface TimestampAuthorityOptions {
  /** The key, with a certificate for time stamping and nothing else. */
  readonly key: SigningKey;
  /** Object identifier of the policy under which all stamps are made. */
  readonly policy: string;
  /** The time to stamp; the system's clock when absent. */
  readonly now?: () => Date;
  /** The number of the next token, which must never come twice; 159 random bits when absent. */
  readonly serialNumber?: () => bigint;
  /**
   * How far the clock may be off. The time is stamped in whole seconds, or in milliseconds when this is given with parts
   * below a second.
   */
  readonly accuracy?: Accuracy;
}

export interface TimestampAuthority {
  /**
   * Answers the DER of a TimeStampReq with the DER of a TimeStampResp, which holds a token or says why not. Rejects only
   * when the key cannot sign.
   */
  respond(request: Uint8Array): Promise<Uint8Array>;
}

/** Largest request that is read, in bytes. */
const MAXIMUM_REQUEST_BYTES = 16 * 1024;

function randomSerialNumber(): bigint {
  const bytes = randomBytes(20);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return BigInt(`0x${bytes.toString('hex')}`);
}

interface Refusal {
  readonly failure: TimestampFailure;
  readonly text: string;
}

/** The request, or why it cannot be read. */
function readRequest(der: Uint8Array): TimestampRequest | Refusal {
  if (der.length > MAXIMUM_REQUEST_BYTES) return { failure: 'badDataFormat', text: 'the request is too large' };
  try {
    return parseTimestampRequest(der);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { failure: error.code === 'unsupported-version' ? 'badRequest' : 'badDataFormat', text: error.message };
  }
}

/** The digest algorithm of a request that can be granted, or why it cannot. */
function acceptRequest(
  { imprint, policy, extensions }: TimestampRequest,
  options: TimestampAuthorityOptions,
): Exclude<DigestAlgorithm, 'sha1'> | Refusal {
  const { algorithm, algorithmOid } = imprint;
  if (algorithm === undefined || algorithm === 'sha1') {
    const name = algorithm ?? algorithmOid;
    return { failure: 'badAlg', text: `digest algorithm ${name} is not accepted: use SHA-256, SHA-384 or SHA-512` };
  }
  if (policy !== undefined && policy !== options.policy) {
    return { failure: 'unacceptedPolicy', text: `the only policy is ${options.policy}` };
  }
  const [extension] = extensions;
  if (extension !== undefined) {
    return { failure: 'unacceptedExtension', text: `extension ${extension} is not supported` };
  }
  return algorithm;
}

/**
 * A time-stamping authority. Tokens are signed with the digest algorithm of the imprint, so that no part of a token is
 * weaker than was asked for. Throws SigningError `wrong-usage` when the certificate is not for time stamping alone.
 */
export function createTimestampAuthority(options: TimestampAuthorityOptions): TimestampAuthority {
  const { key, policy, accuracy, now = () => new Date(), serialNumber = randomSerialNumber } = options;
  const { certificate } = key;
  const refused = refuseAuthority(certificate, true);
  if (refused !== undefined)
    throw new SigningError('wrong-usage', `the time-stamping authority cannot start: ${refused}`);
  const fractions = accuracy?.milliseconds !== undefined || accuracy?.microseconds !== undefined;
  return {
    async respond(der) {
      const request = readRequest(der);
      if ('failure' in request) return encodeRejection(request.failure, request.text);
      const digestAlgorithm = acceptRequest(request, options);
      if (typeof digestAlgorithm === 'object') return encodeRejection(digestAlgorithm.failure, digestAlgorithm.text);
      const time = now();
      if (time < certificate.notBefore || time > certificate.notAfter) {
        return encodeRejection('systemFailure', "the authority's certificate is not valid at this time");
      }
      const token = await createCmsSignedData({
        contentType: OID.timeStampInfo,
        content: encodeTokenInfo({
          policy,
          imprint: request.imprint.bytes,
          serialNumber: serialNumber(),
          time,
          fractions,
          accuracy,
          nonce: request.nonce,
          authorityName: certificate.subjectBytes,
        }),
        key,
        digestAlgorithm,
        attributes: [{ type: OID.signingCertificateV2, value: encodeSigningCertificate(certificate) }],
        includeCertificates: request.certificateRequested,
      });
      return encodeGrantedResponse(token);
    },
  };
}
