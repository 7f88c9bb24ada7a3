// Writes PKCS#7 SignedData in the form that Windows' own tools give to Authenticode signatures: one signer, RSA named
// plainly, NULL parameters, every SET in DER order, no signing time.
import { digestOf } from '../bytes.ts';
import { decodeDer, TAG, write } from '../der/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { SignableContent, SignatureRequest } from '../signable-file.ts';
import { signingKeyType } from '../signature-algorithms.ts';
import { encodeOpusInfo, encodeStatementType } from '../spc/index.ts';
import type { Certificate } from '../x509/index.ts';
import { certificatesToInclude, encodeAttribute, encodeDigestIdentifier, encodeSignerInfo } from './encode-signer.ts';

export interface SignedDataRequest extends SignatureRequest {
  readonly content: SignableContent;
}

/** How a signature is made whose key is not at hand: only its certificate is. */
export interface ContentPreparation extends Omit<SignatureRequest, 'key' | 'timestamper'> {
  /** The signer's certificate. */
  readonly certificate: Certificate;
  /** Its issuers; those that are self-issued are left out of the signature. */
  readonly chain?: readonly Certificate[];
}

/** A signature that lacks only its value. */
export interface PreparedContent {
  /** DER of the attributes as a SET: the message that the key signs (PKCS#1 v1.5, or ECDSA in DER). */
  readonly toBeSigned: Uint8Array;
  readonly digestAlgorithm: DigestAlgorithm;
  /** The digest of `toBeSigned`, for keys that take no more than that. */
  readonly digest: Uint8Array;
  /**
   * DER of the ContentInfo with this signature value and, if given, this RFC 3161 TimeStampToken over the value. Throws
   * SigningError `bad-signature` when the value is not one of the certificate's key over `toBeSigned`.
   */
  finish(signature: Uint8Array, timeStampToken?: Uint8Array): Uint8Array;
}

/** ContentInfo around a SignedData with these parts. Empty `signers` make an unsigned shell, as of a catalog. */
function encodeSignedData(parts: {
  readonly digestAlgorithms: readonly Uint8Array[];
  readonly content: SignableContent;
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly Uint8Array[];
}): Uint8Array {
  const { content, contentType } = parts.content;
  const certificates =
    parts.certificates.length === 0 ? [] : [write.contextExplicit(0, ...write.sortedForSet(parts.certificates))];
  return write.sequence([
    write.oid(OID.signedData),
    write.contextExplicit(
      0,
      write.sequence([
        write.integer(1),
        write.setOf(parts.digestAlgorithms),
        write.sequence([write.oid(contentType), write.contextExplicit(0, content)]),
        ...certificates,
        write.setOf(parts.signers),
      ]),
    ),
  ]);
}

/**
 * DER of a ContentInfo whose SignedData holds this content and no signer: how an unsigned catalog is stored, and how the
 * content of a signature is handed to tools that sign elsewhere.
 */
export function encodeUnsignedData(content: SignableContent): Uint8Array {
  return encodeSignedData({ digestAlgorithms: [], content, certificates: [], signers: [] });
}

/**
 * Everything of a signature over `content` but its value, so that the key can be wherever it is. Throws SigningError
 * `unsupported-key` or `bad-content`.
 */
export function prepareSignature(content: SignableContent, request: ContentPreparation): PreparedContent {
  const { certificate, chain = [], digestAlgorithm, sequenceNumber } = request;
  signingKeyType(certificate.publicKey);
  const contentElement = decodeDer(content.content);
  if (contentElement.tag !== TAG.sequence) {
    throw new SigningError('bad-content', 'the content of an Authenticode signature must be a SEQUENCE');
  }
  const attributes = write.sortedForSet([
    ...(sequenceNumber === undefined ? [] : [encodeAttribute(OID.sequenceNumber, write.integer(sequenceNumber))]),
    encodeAttribute(OID.contentType, write.oid(content.contentType)),
    encodeAttribute(OID.messageDigest, write.octetString(digestOf(digestAlgorithm, contentElement.value))),
    encodeAttribute(OID.spcStatementType, encodeStatementType(request.statementType)),
    encodeAttribute(OID.spcOpusInfo, encodeOpusInfo(request)),
  ]);
  const toBeSigned = write.setOf(attributes);
  return {
    toBeSigned,
    digestAlgorithm,
    digest: digestOf(digestAlgorithm, toBeSigned),
    finish: (signature, timeStampToken) =>
      encodeSignedData({
        digestAlgorithms: [encodeDigestIdentifier(digestAlgorithm)],
        content,
        certificates: certificatesToInclude(certificate, chain),
        signers: [
          encodeSignerInfo({
            certificate,
            digestAlgorithm,
            attributes,
            signature,
            unauthenticatedAttributes:
              timeStampToken === undefined ? [] : [encodeAttribute(OID.timeStampToken, timeStampToken)],
          }),
        ],
      }),
  };
}

/**
 * Signs `content` and returns the DER of the ContentInfo, with a time stamp when the request has a timestamper. Throws
 * SigningError `unsupported-key`, `bad-signature`, or whatever the key or the timestamper throws.
 */
export async function createSignedData(request: SignedDataRequest): Promise<Uint8Array> {
  const { content, key, timestamper, ...rest } = request;
  const prepared = prepareSignature(content, { ...rest, certificate: key.certificate, chain: key.chain });
  const signature = await key.sign(prepared.toBeSigned, prepared.digestAlgorithm);
  return prepared.finish(signature, await timestamper?.(signature));
}
