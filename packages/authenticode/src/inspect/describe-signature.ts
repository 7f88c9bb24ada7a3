// A signature as plain values: who, with what, when, and what it carries.
import { toHex } from '../bytes.ts';
import { isCanonicalSignedData, parseSignedData } from '../cms/index.ts';
import { TAG } from '../der/index.ts';
import { DIGEST_ALGORITHMS } from '../digest-algorithms.ts';
import { OID } from '../object-identifiers.ts';
import type { FileSignature, SignableFile, StampBytes } from '../signable-file.ts';
import { parseIndirectData } from '../spc/index.ts';
import { verifyCountersignature, verifyTimestampToken } from '../timestamp/index.ts';
import { describeCertificate, describeIdentifier } from './describe-certificate.ts';
import type { SignatureDescription, TimestampDescription } from './description.ts';
import type { FaultLog } from './fault-log.ts';

/** Signatures that are described inside one other. */
const MAXIMUM_NESTED = 64;

/** Size of the file offset in an entry of page hashes. */
const PAGE_OFFSET_BYTES = 4;

function describeStamp({ kind, bytes }: StampBytes, signature: FileSignature): TimestampDescription {
  const asked = { message: signature.signatureValue, anchors: [], intermediates: signature.certificates };
  const { authority, digestAlgorithm, policy, serialNumber, time } =
    kind === 'rfc3161'
      ? verifyTimestampToken(bytes, asked)
      : verifyCountersignature(bytes, { ...asked, certificates: signature.certificates });
  return {
    kind,
    ...(time === undefined ? {} : { time: time.toISOString() }),
    ...(digestAlgorithm === undefined ? {} : { digestAlgorithm }),
    ...(authority === undefined ? {} : { authority: describeCertificate(authority) }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(policy === undefined ? {} : { policy }),
  };
}

/** What only signatures in PKCS#7 have; those of packages are XML. */
function describeSignedData(bytes: Uint8Array): Partial<SignatureDescription> {
  if (bytes[0] !== TAG.sequence) return {};
  const { contentBytes, contentType, signerInfos } = parseSignedData(bytes);
  const [signerInfo] = signerInfos;
  const stated = contentType === OID.spcIndirectData ? parseIndirectData(contentBytes) : undefined;
  const list = stated?.pageHashes;
  return {
    contentType: describeIdentifier(contentType),
    ...(stated === undefined ? {} : { fileDigest: toHex(stated.digest) }),
    ...(list === undefined
      ? {}
      : {
          pageHashes: {
            algorithm: list.algorithm,
            pages: Math.floor(list.list.length / (PAGE_OFFSET_BYTES + DIGEST_ALGORITHMS[list.algorithm].size)),
          },
        }),
    ...(signerInfo === undefined
      ? {}
      : {
          signedAttributes: signerInfo.signedAttributes.map(({ type }) => describeIdentifier(type)),
          unauthenticatedAttributes: signerInfo.unauthenticatedAttributes.map(({ type }) => describeIdentifier(type)),
        }),
    encodingFaults: isCanonicalSignedData(bytes).problems,
  };
}

/** Describes a signature and those nested in it; undefined, and a fault in the log, when it cannot be read. */
export async function describeSignature(
  file: SignableFile,
  bytes: Uint8Array,
  where: string,
  faults: FaultLog,
  isNested = false,
): Promise<SignatureDescription | undefined> {
  const signature = await faults.collect(where, () => file.openSignature(bytes));
  if (signature === undefined) return undefined;
  const { claimedTime, opusInfo, sequenceNumber, signer, statementType } = signature;
  const signedData = (await faults.collect(where, () => describeSignedData(bytes))) ?? {};
  const nested: SignatureDescription[] = [];
  if (!isNested) {
    for (const [index, inner] of signature.nested.slice(0, MAXIMUM_NESTED).entries()) {
      const described = await describeSignature(file, inner, `${where}, nested ${index + 1}`, faults, true);
      if (described !== undefined) nested.push(described);
    }
  }
  return {
    size: bytes.length,
    digestAlgorithm: signature.digestAlgorithm,
    fileDigestAlgorithm: signature.fileDigestAlgorithm,
    signatureAlgorithm: describeIdentifier(signature.signatureAlgorithm),
    ...(signer === undefined ? {} : { signer: describeCertificate(signer) }),
    certificates: signature.certificates.map(describeCertificate),
    ...opusInfo,
    ...(statementType === undefined ? {} : { statementType }),
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    ...(claimedTime === undefined ? {} : { claimedTime: claimedTime.toISOString() }),
    ...signedData,
    timestamps: signature.stamps.map((stamp) => describeStamp(stamp, signature)),
    nested,
  };
}
