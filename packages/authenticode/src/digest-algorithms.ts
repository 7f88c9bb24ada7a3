// The digest algorithms that Authenticode uses, as one table: names, object identifiers and sizes.
import { ParseError } from './errors.ts';

export type DigestAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512';

interface DigestAlgorithmFacts {
  /** Object identifier, dotted (RFC 5754 §2, RFC 3279 §2.1). */
  readonly oid: string;
  /** Digest size in bytes. */
  readonly size: number;
}

export const DIGEST_ALGORITHMS: Readonly<Record<DigestAlgorithm, DigestAlgorithmFacts>> = {
  sha1: { oid: '1.3.14.3.2.26', size: 20 },
  sha256: { oid: '2.16.840.1.101.3.4.2.1', size: 32 },
  sha384: { oid: '2.16.840.1.101.3.4.2.2', size: 48 },
  sha512: { oid: '2.16.840.1.101.3.4.2.3', size: 64 },
};

/** The algorithm with this object identifier; throws ParseError `unknown-digest-algorithm` for any other. */
export function digestAlgorithmFromOid(oid: string, offset?: number): DigestAlgorithm {
  for (const [name, facts] of Object.entries(DIGEST_ALGORITHMS)) {
    if (facts.oid === oid) return name as DigestAlgorithm;
  }
  throw new ParseError('cms', 'unknown-digest-algorithm', `digest algorithm ${oid} is not supported`, offset);
}
