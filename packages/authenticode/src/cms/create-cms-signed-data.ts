// Writes CMS SignedData (RFC 5652 §5) over an OCTET STRING: the form of time-stamp tokens.
import { digestOf } from '../bytes.ts';
import { write } from '../der/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import type { SigningKey } from '../keys/index.ts';
import { OID } from '../object-identifiers.ts';
import { certificatesToInclude, encodeAttribute, encodeDigestIdentifier, encodeSignerInfo } from './encode-signer.ts';

export interface CmsSigningRequest {
  readonly contentType: string;
  /** The octets that go into the OCTET STRING. */
  readonly content: Uint8Array;
  readonly key: SigningKey;
  readonly digestAlgorithm: DigestAlgorithm;
  /** Signed attributes besides contentType and messageDigest: object identifier and DER of the one value. */
  readonly attributes?: readonly { readonly type: string; readonly value: Uint8Array }[];
  /** Whether the signer's certificate and its issuers go in; true when absent. */
  readonly includeCertificates?: boolean;
}

/**
 * Signs the content and returns the DER of the ContentInfo: one signer, named by issuer and serial number, every SET in
 * DER order. Throws SigningError `unsupported-key`, `bad-signature`, or whatever the key throws.
 */
export async function createCmsSignedData(request: CmsSigningRequest): Promise<Uint8Array> {
  const { contentType, content, key, digestAlgorithm, includeCertificates = true } = request;
  const attributes = write.sortedForSet([
    encodeAttribute(OID.contentType, write.oid(contentType)),
    encodeAttribute(OID.messageDigest, write.octetString(digestOf(digestAlgorithm, content))),
    ...(request.attributes ?? []).map(({ type, value }) => encodeAttribute(type, value)),
  ]);
  const signature = await key.sign(write.setOf(attributes), digestAlgorithm);
  const signer = encodeSignerInfo({ certificate: key.certificate, digestAlgorithm, attributes, signature });
  const certificates = includeCertificates
    ? [write.contextExplicit(0, ...write.sortedForSet(certificatesToInclude(key.certificate, key.chain)))]
    : [];
  return write.sequence([
    write.oid(OID.signedData),
    write.contextExplicit(
      0,
      write.sequence([
        // Version 3 says that the content is something else than plain data (RFC 5652 §5.1).
        write.integer(contentType === OID.data ? 1 : 3),
        write.setOf([encodeDigestIdentifier(digestAlgorithm)]),
        write.sequence([write.oid(contentType), write.contextExplicit(0, write.octetString(content))]),
        ...certificates,
        write.setOf([signer]),
      ]),
    ),
  ]);
}
