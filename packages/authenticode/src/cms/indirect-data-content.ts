// How a signature over SpcIndirectDataContent speaks about a file: it states the file's digest.
import type { ByteSource } from '../byte-source.ts';
import { equalBytes } from '../bytes.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { parseIndirectData } from '../spc/index.ts';
import type { ContentReader } from './file-signature.ts';
import type { SignedData } from './parse-signed-data.ts';

function indirectDataOf({ contentType, contentBytes, content }: SignedData) {
  if (contentType !== OID.spcIndirectData) {
    const message = `the signature covers content of type ${contentType}, not a file`;
    throw new ParseError('spc', 'not-indirect-data', message, content.offset);
  }
  return parseIndirectData(contentBytes);
}

/** Content that states the digest which `digest` computes of the file. */
export function indirectDataReader(
  digest: (source: ByteSource, algorithm: DigestAlgorithm) => Promise<Uint8Array>,
): ContentReader {
  return {
    fileDigestAlgorithm: (signedData) => indirectDataOf(signedData).algorithm,
    async check(signedData, source) {
      const stated = indirectDataOf(signedData);
      return equalBytes(stated.digest, await digest(source, stated.algorithm))
        ? undefined
        : `the file was changed after it was signed: its ${stated.algorithm} digest is another`;
    },
  };
}
