// MessageImprint (RFC 3161 §2.4.1): the digest of what is stamped, and how it was made.
import { type DerElement, readOctetString, TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm, digestAlgorithmFromOid } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { readAlgorithm } from '../x509/index.ts';

export interface MessageImprint {
  /** DER of the imprint, as it was read. */
  readonly bytes: Uint8Array;
  /** Object identifier of the digest algorithm, known or not. */
  readonly algorithmOid: string;
  /** The algorithm; undefined when it is none of those in DIGEST_ALGORITHMS. */
  readonly algorithm: DigestAlgorithm | undefined;
  readonly digest: Uint8Array;
}

/** The known algorithm with this object identifier. */
function knownAlgorithm(oid: string): DigestAlgorithm | undefined {
  try {
    return digestAlgorithmFromOid(oid);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** Throws ParseError, `digest-size` when a known algorithm does not give digests of this size. */
export function readMessageImprint(element: DerElement): MessageImprint {
  const parts = element.parts(TAG.sequence, 'the message imprint');
  const algorithmOid = readAlgorithm(parts.next('digest algorithm'), 'the digest algorithm of the imprint');
  const digestElement = parts.next('digest');
  const digest = readOctetString(digestElement, 'the digest of the imprint');
  parts.end();
  const algorithm = knownAlgorithm(algorithmOid);
  if (algorithm !== undefined && digest.length !== DIGEST_ALGORITHMS[algorithm].size) {
    const message = `an imprint of ${digest.length} bytes is not a ${algorithm} digest`;
    throw new ParseError('timestamp', 'digest-size', message, digestElement.offset);
  }
  return { bytes: element.bytes, algorithmOid, algorithm, digest };
}

export function encodeMessageImprint(algorithm: DigestAlgorithm, digest: Uint8Array): Uint8Array {
  const identifier = write.algorithmIdentifier(DIGEST_ALGORITHMS[algorithm].oid);
  return write.sequence([identifier, write.octetString(digest)]);
}
