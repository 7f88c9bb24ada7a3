// Checks one signer of a SignedData: the attributes speak about this content, and the signature covers the attributes
// (RFC 2315 §9.3 and §9.4, RFC 5652 §5.4 to §5.6).
import { digestOf, equalBytes } from '../bytes.ts';
import { type DerElement, readOctetString, readOid, TAG } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { checkSignature, isBareDigestSignature } from '../signature-algorithms.ts';
import type { Certificate } from '../x509/index.ts';
import type { SignedData } from './parse-signed-data.ts';
import type { Attribute, SignerInfo, SignerStatement } from './signer-info.ts';

/** The value of the attribute of this type; undefined unless there is one such attribute with one value. */
export function onlyValue(attributes: readonly Attribute[], type: string): DerElement | undefined {
  const found = attributes.filter((attribute) => attribute.type === type);
  const [attribute] = found;
  return found.length === 1 && attribute?.values.length === 1 ? attribute.values[0] : undefined;
}

/** What a signer speaks about. */
export interface SignedContent {
  readonly contentType: string;
  /** The octets that are digested. */
  readonly octets: Uint8Array;
}

/** Undefined when the signed attributes are about this content, otherwise what is wrong. */
function checkAttributes(signer: SignerStatement, { contentType, octets }: SignedContent): string | undefined {
  try {
    const typeValue = onlyValue(signer.signedAttributes, OID.contentType);
    if (typeValue === undefined || readOid(typeValue, 'contentType') !== contentType) {
      return 'the signed attributes do not name the type of the content exactly once';
    }
    const messageDigest = onlyValue(signer.signedAttributes, OID.messageDigest);
    if (messageDigest === undefined) return 'the signed attributes do not hold exactly one digest of the content';
    if (!equalBytes(readOctetString(messageDigest, 'messageDigest'), digestOf(signer.digestAlgorithm, octets))) {
      return 'the signed content was changed: its digest is not the one in the signed attributes';
    }
    return undefined;
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
}

/** Undefined when the signature over `message` is right, otherwise what is wrong. */
function checkValue(
  signer: SignerStatement,
  certificate: Certificate,
  message: Uint8Array,
  allowBareDigest = false,
): string | undefined {
  const how = {
    algorithm: signer.signatureAlgorithm,
    parameters: signer.signatureParameters,
    digest: signer.digestAlgorithm,
    key: certificate.publicKey,
  };
  const wrong = checkSignature(how, message, signer.signature);
  return wrong !== undefined && allowBareDigest && isBareDigestSignature(how, message, signer.signature)
    ? undefined
    : wrong;
}

/**
 * Undefined when `certificate`'s key signed the signed attributes, with their tag [0] read as SET; otherwise what is wrong.
 * Says nothing about what the attributes say. With `allowBareDigest` an RSA signature need not name its digest algorithm.
 */
export function checkAttributesSignature(
  signer: SignerStatement,
  certificate: Certificate,
  { allowBareDigest = false } = {},
): string | undefined {
  if (signer.signedAttributesBytes === undefined) return 'the signature has no signed attributes';
  const attributes = Uint8Array.from(signer.signedAttributesBytes);
  attributes[0] = TAG.set;
  return checkValue(signer, certificate, attributes, allowBareDigest);
}

/** Returns undefined when `certificate`'s key signed this content, through attributes or directly; otherwise what is wrong. */
export function checkSignerStatement(
  signer: SignerStatement,
  content: SignedContent,
  certificate: Certificate,
): string | undefined {
  if (signer.signedAttributesBytes === undefined) return checkValue(signer, certificate, content.octets);
  return checkAttributes(signer, content) ?? checkAttributesSignature(signer, certificate);
}

/**
 * Returns undefined when `certificate`'s key signed this content, otherwise what is wrong. The digest covers the content's
 * value octets, without tag and length.
 */
export function checkSigner(signedData: SignedData, signer: SignerInfo, certificate: Certificate): string | undefined {
  const content = { contentType: signedData.contentType, octets: signedData.content.value };
  return checkSignerStatement(signer, content, certificate);
}

/** As `checkSigner`, for CMS: content of any type but plain data must be signed through attributes (RFC 5652 §5.3). */
export function checkCmsSigner(
  signer: SignerStatement,
  content: SignedContent,
  certificate: Certificate,
): string | undefined {
  if (signer.signedAttributesBytes === undefined && content.contentType !== OID.data) {
    return `content of type ${content.contentType} must be signed through attributes, but there are none`;
  }
  return checkSignerStatement(signer, content, certificate);
}
