// The parameters of RSASSA-PSS (RFC 4055 §3.1), as far as node:crypto can check such signatures: the mask is made with
// the digest of the message.
import { contextConstructed, type DerElement, decodeDer, readOid, readSmallInteger, TAG } from './der/index.ts';
import { type DigestAlgorithm, digestAlgorithmFromOid } from './digest-algorithms.ts';
import { ParseError } from './errors.ts';
import { OID } from './object-identifiers.ts';

export interface PssParameters {
  readonly digest: DigestAlgorithm;
  /** Bytes of salt in the encoded message. */
  readonly saltLength: number;
}

/** Longest salt that any RSA key here could hold, in bytes. */
const MAXIMUM_SALT_BYTES = 2048;

function readDigest(element: DerElement): DigestAlgorithm {
  const algorithm = element.parts(TAG.sequence, 'a digest algorithm of RSASSA-PSS').next('algorithm');
  return digestAlgorithmFromOid(readOid(algorithm, 'a digest algorithm of RSASSA-PSS'), algorithm.offset);
}

/** The digest under a mask generation function, which can only be MGF1. */
function readMaskDigest(element: DerElement): DigestAlgorithm {
  const parts = element.parts(TAG.sequence, 'the mask generation of RSASSA-PSS');
  const algorithm = readOid(parts.next('algorithm'), 'the mask generation of RSASSA-PSS');
  if (algorithm !== OID.mgf1) {
    throw new ParseError('x509', 'unsupported-pss', `mask generation ${algorithm} is not supported`, element.offset);
  }
  return readDigest(parts.next('digest algorithm'));
}

/**
 * Reads RSASSA-PSS-params. Throws ParseError, `unsupported-pss` where mask and message use different digests or the
 * trailer is not the usual one.
 */
export function readPssParameters(der: Uint8Array | undefined): PssParameters {
  if (der === undefined) {
    throw new ParseError('x509', 'unsupported-pss', 'RSASSA-PSS without parameters does not say how it was used');
  }
  const parts = decodeDer(der).parts(TAG.sequence, 'the parameters of RSASSA-PSS');
  const digestPart = parts.optional(contextConstructed(0));
  const maskPart = parts.optional(contextConstructed(1));
  const saltPart = parts.optional(contextConstructed(2));
  const trailerPart = parts.optional(contextConstructed(3));
  parts.end();
  const digest = digestPart === undefined ? 'sha1' : readDigest(digestPart.inner());
  const maskDigest = maskPart === undefined ? 'sha1' : readMaskDigest(maskPart.inner());
  const saltLength =
    saltPart === undefined ? 20 : readSmallInteger(saltPart.inner(), 'the salt length', MAXIMUM_SALT_BYTES);
  const trailer = trailerPart === undefined ? 1 : readSmallInteger(trailerPart.inner(), 'the trailer field');
  if (digest !== maskDigest || trailer !== 1) {
    const message = `RSASSA-PSS with ${digest}, a mask made with ${maskDigest} and trailer ${trailer} is not supported`;
    throw new ParseError('x509', 'unsupported-pss', message);
  }
  return { digest, saltLength };
}
