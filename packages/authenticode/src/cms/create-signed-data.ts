// Writes PKCS#7 SignedData in the form that Windows' own tools give to Authenticode signatures: one signer, RSA named
// plainly, NULL parameters, every SET in DER order, no signing time.
import { digestOf } from '../bytes.ts';
import { decodeDer, TAG, write } from '../der/index.ts';
import { DIGEST_ALGORITHMS } from '../digest-algorithms.ts';
import { SigningError } from '../errors.ts';
import type { SigningKey } from '../keys/index.ts';
import { OID } from '../object-identifiers.ts';
import type { SignableContent, SignatureRequest } from '../signable-file.ts';
import { ECDSA_WITH, signingKeyType } from '../signature-algorithms.ts';
import { encodeOpusInfo, encodeStatementType } from '../spc/index.ts';
import type { Certificate } from '../x509/index.ts';

export interface SignedDataRequest extends SignatureRequest {
  readonly content: SignableContent;
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

/** DER of a ContentInfo whose SignedData holds this content and no signer: how an unsigned catalog is stored. */
export function encodeUnsignedData(content: SignableContent): Uint8Array {
  return encodeSignedData({ digestAlgorithms: [], content, certificates: [], signers: [] });
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return write.sequence([write.oid(type), write.setOf([value])]);
}

/** The leaf and its issuers, once each. Self-issued issuers stay out: who verifies must have the root anyway. */
function certificatesToInclude({ certificate, chain }: SigningKey): Uint8Array[] {
  const byThumbprint = new Map<string, Certificate>([[certificate.thumbprint, certificate]]);
  for (const issuer of chain) if (!issuer.selfIssued) byThumbprint.set(issuer.thumbprint, issuer);
  return [...byThumbprint.values()].map(({ bytes }) => bytes);
}

/**
 * Signs `content` and returns the DER of the ContentInfo, with a time stamp when the request has a timestamper. Throws
 * SigningError `unsupported-key`, or whatever the key or the timestamper throws.
 */
export async function createSignedData(request: SignedDataRequest): Promise<Uint8Array> {
  const { content, key, digestAlgorithm } = request;
  const { certificate } = key;
  const digestIdentifier = write.algorithmIdentifier(DIGEST_ALGORITHMS[digestAlgorithm].oid);
  const contentElement = decodeDer(content.content);
  if (contentElement.tag !== TAG.sequence) {
    throw new SigningError('bad-content', 'the content of an Authenticode signature must be a SEQUENCE');
  }
  const { sequenceNumber } = request;
  const attributes = write.sortedForSet([
    ...(sequenceNumber === undefined ? [] : [attribute(OID.sequenceNumber, write.integer(sequenceNumber))]),
    attribute(OID.contentType, write.oid(content.contentType)),
    attribute(OID.messageDigest, write.octetString(digestOf(digestAlgorithm, contentElement.value))),
    attribute(OID.spcStatementType, encodeStatementType(request.statementType)),
    attribute(OID.spcOpusInfo, encodeOpusInfo(request)),
  ]);
  const signature = await key.sign(write.setOf(attributes), digestAlgorithm);
  const signatureAlgorithm =
    signingKeyType(certificate.publicKey) === 'rsa'
      ? write.algorithmIdentifier(OID.rsaEncryption)
      : write.sequence([write.oid(ECDSA_WITH[digestAlgorithm])]);
  const stamp =
    request.timestamper === undefined
      ? []
      : [write.contextExplicit(1, attribute(OID.timeStampToken, await request.timestamper(signature)))];
  const signer = write.sequence([
    write.integer(1),
    write.sequence([certificate.issuerBytes, write.element(TAG.integer, certificate.serialNumberBytes)]),
    digestIdentifier,
    write.contextExplicit(0, ...attributes),
    signatureAlgorithm,
    write.octetString(signature),
    ...stamp,
  ]);
  return encodeSignedData({
    digestAlgorithms: [digestIdentifier],
    content,
    certificates: certificatesToInclude(key),
    signers: [signer],
  });
}
