// A SignedData as the signature of a file: the form in which verification looks at it.
import type { ByteSource } from '../byte-source.ts';
import { readSmallInteger, readTime } from '../der/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { FileSignature, StampBytes } from '../signable-file.ts';
import { type OpusInfo, readOpusInfo, readStatementType } from '../spc/index.ts';
import { parseSignedData, type SignedData } from './parse-signed-data.ts';
import { type Attribute, findSigner } from './signer-info.ts';
import { checkSigner } from './verify-signer.ts';

/** What a format knows about the content of its signatures. */
export interface ContentReader {
  /** The digest algorithm by which the content identifies the file; undefined where the content is the file. */
  fileDigestAlgorithm(signedData: SignedData): DigestAlgorithm | undefined;
  /** Undefined when the content is that of the file; otherwise what differs. */
  check(signedData: SignedData, source: ByteSource): Promise<string | undefined>;
}

/** The first value of an attribute; what cannot be read is as good as absent, for nothing relies on it. */
function readAttribute<Value>(
  attributes: readonly Attribute[],
  type: string,
  read: (value: Attribute['values'][number]) => Value | undefined,
): Value | undefined {
  const value = attributes.find((attribute) => attribute.type === type)?.values[0];
  try {
    return value === undefined ? undefined : read(value);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function valuesOf(attributes: readonly Attribute[], type: string): Uint8Array[] {
  return attributes
    .filter((attribute) => attribute.type === type)
    .flatMap(({ values }) => values.map(({ bytes }) => bytes));
}

/**
 * Opens a SignedData (DER of the ContentInfo). Throws ParseError when it is malformed or does not have exactly one signer.
 */
export function openSignedData(der: Uint8Array, reader: ContentReader): FileSignature {
  const signedData = parseSignedData(der);
  const [signerInfo, ...others] = signedData.signerInfos;
  if (signerInfo === undefined || others.length > 0) {
    const message = `a signature has exactly one signer, this one has ${signedData.signerInfos.length}`;
    throw new ParseError('cms', 'signer-count', message);
  }
  const { signedAttributes, unauthenticatedAttributes } = signerInfo;
  const signer = findSigner(signerInfo, signedData.certificates);
  const stamps: StampBytes[] = [
    ...valuesOf(unauthenticatedAttributes, OID.timeStampToken).map((bytes) => ({ kind: 'rfc3161', bytes }) as const),
    ...valuesOf(unauthenticatedAttributes, OID.countersignature).map((bytes) => ({ kind: 'legacy', bytes }) as const),
  ];
  const noOpusInfo: OpusInfo = {};
  return {
    certificates: signedData.certificates,
    signer,
    digestAlgorithm: signerInfo.digestAlgorithm,
    fileDigestAlgorithm: reader.fileDigestAlgorithm(signedData) ?? signerInfo.digestAlgorithm,
    signatureAlgorithm: signerInfo.signatureAlgorithm,
    signatureValue: signerInfo.signature,
    opusInfo: readAttribute(signedAttributes, OID.spcOpusInfo, readOpusInfo) ?? noOpusInfo,
    statementType: readAttribute(signedAttributes, OID.spcStatementType, readStatementType),
    sequenceNumber: readAttribute(signedAttributes, OID.sequenceNumber, (value) =>
      readSmallInteger(value, 'the sequence number'),
    ),
    claimedTime: readAttribute(signedAttributes, OID.signingTime, (value) => readTime(value, 'signingTime')),
    stamps,
    nested: valuesOf(unauthenticatedAttributes, OID.nestedSignature),
    checkGenuine: () =>
      signer === undefined
        ? "the signature does not carry its signer's certificate"
        : checkSigner(signedData, signerInfo, signer),
    checkContent: (source) => reader.check(signedData, source),
  };
}
