// Checks one signer of a SignedData: the attributes speak about this content, and the signature covers the attributes
// (RFC 2315 §9.3 and §9.4).
import { digestOf, equalBytes } from '../bytes.ts';
import { readOctetString, readOid, TAG } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { checkSignature } from '../signature-algorithms.ts';
import type { Certificate } from '../x509/index.ts';
import type { Attribute, SignedData, SignerInfo } from './parse-signed-data.ts';

function onlyValue(attributes: readonly Attribute[], type: string) {
  const found = attributes.filter((attribute) => attribute.type === type);
  const [attribute] = found;
  return found.length === 1 && attribute?.values.length === 1 ? attribute.values[0] : undefined;
}

/**
 * Returns undefined when `certificate`'s key signed this content, otherwise what is wrong. The digest covers the content's
 * value octets, without tag and length; the signature covers the attributes with their tag [0] read as SET.
 */
export function checkSigner(signedData: SignedData, signer: SignerInfo, certificate: Certificate): string | undefined {
  const how = { algorithm: signer.signatureAlgorithm, digest: signer.digestAlgorithm, key: certificate.publicKey };
  if (signer.signedAttributesBytes === undefined) {
    return checkSignature(how, signedData.content.value, signer.signature);
  }
  try {
    const contentType = onlyValue(signer.signedAttributes, OID.contentType);
    if (contentType === undefined || readOid(contentType, 'contentType') !== signedData.contentType) {
      return 'the signed attributes do not name the type of the content exactly once';
    }
    const messageDigest = onlyValue(signer.signedAttributes, OID.messageDigest);
    if (messageDigest === undefined) return 'the signed attributes do not hold exactly one digest of the content';
    const expected = digestOf(signer.digestAlgorithm, signedData.content.value);
    if (!equalBytes(readOctetString(messageDigest, 'messageDigest'), expected)) {
      return 'the signed content was changed: its digest is not the one in the signed attributes';
    }
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
  const attributes = Uint8Array.from(signer.signedAttributesBytes);
  attributes[0] = TAG.set;
  return checkSignature(how, attributes, signer.signature);
}
