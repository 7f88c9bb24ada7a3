// Writes the signature of a package in the shape that .NET's PackageDigitalSignatureManager gives it. Empty elements are
// closed at once (`<Transform … />`): Microsoft's reader refuses them with a separate end tag.
import { Buffer } from 'node:buffer';
import { digestOf, equalBytes } from '../bytes.ts';
import { SigningError } from '../errors.ts';
import type { SignableContent, SignatureRequest } from '../signable-file.ts';
import { signingKeyType } from '../signature-algorithms.ts';
import type { Certificate } from '../x509/index.ts';
import {
  canonicalize,
  childElements,
  documentBytes,
  elementText,
  parseXml,
  treeText,
  type XmlElement,
} from '../xml/index.ts';
import { type PartReference, referenceText } from './part-reference.ts';
import { DIGEST_URI, MEDIA_TYPE, NAMESPACE, OBJECT_TYPE, SIGNATURE_URI, TRANSFORM } from './vocabulary.ts';

const SIGNATURE_ID = 'SignatureIdValue';
const OBJECT_ID = 'idPackageObject';

function rootText(content: readonly string[]): string {
  return elementText('Signature', { Id: SIGNATURE_ID, xmlns: NAMESPACE.xmlSignature }, content);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** The canonical bytes of the first element inside a Signature with this content. */
function canonicalInSignature(content: string): Uint8Array {
  const [element] = childElements(parseXml(documentBytes(rootText([content]))).root);
  return element === undefined ? new Uint8Array(0) : canonicalize(element);
}

/**
 * The Object with a Manifest of these references, in canonical form: what a signature will cover but for the time at which
 * it is made.
 */
export function encodeContent(references: readonly PartReference[]): Uint8Array {
  const manifest = elementText('Manifest', { 'xmlns:opc': NAMESPACE.packageSignature }, references.map(referenceText));
  return canonicalInSignature(elementText('Object', { Id: OBJECT_ID }, [manifest]));
}

/** The Manifest in what `encodeContent` made. Throws SigningError `bad-content` for anything else. */
function manifestIn({ contentType, content }: SignableContent): XmlElement {
  if (contentType === MEDIA_TYPE.signature) {
    const { root } = parseXml(content);
    const [manifest, ...others] = childElements(root);
    const isOurs = root.local === 'Object' && manifest?.local === 'Manifest' && others.length === 0;
    if (isOurs && equalBytes(canonicalInSignature(treeText(root)), content)) return manifest;
  }
  throw new SigningError('bad-content', 'this is not the content of a package signature; take it from content()');
}

/** Local times of zone zero, with one decimal of a second. */
function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 21)}+00:00`;
}

function propertiesText(time: Date): string {
  return elementText('SignatureProperties', {}, [
    elementText('SignatureProperty', { Id: 'idSignatureTime', Target: `#${SIGNATURE_ID}` }, [
      elementText('SignatureTime', { xmlns: NAMESPACE.packageSignature }, [
        elementText('Format', {}, ['YYYY-MM-DDThh:mm:ss.sTZD']),
        elementText('Value', {}, [timeText(time)]),
      ]),
    ]),
  ]);
}

/** KeyInfo with these certificates, for anywhere in a document. */
export function keyInfoText(certificates: readonly Uint8Array[]): string {
  return elementText('KeyInfo', { xmlns: NAMESPACE.xmlSignature }, [
    elementText(
      'X509Data',
      {},
      certificates.map((bytes) => elementText('X509Certificate', {}, [base64(bytes)])),
    ),
  ]);
}

/** An Object that carries a time-stamp token over the signature value; no signature covers it. */
function stampText(token: Uint8Array): string {
  return elementText('Object', {}, [
    elementText('TimeStamp', { Id: 'idSignatureTimestamp', xmlns: NAMESPACE.packageSignature }, [
      elementText('Comment'),
      elementText('EncodedTime', {}, [base64(token)]),
    ]),
  ]);
}

/** The signer's certificate and its issuers, once each. Roots stay out: who verifies must have them anyway. */
function certificatesOf(certificate: Certificate, chain: readonly Certificate[]): Uint8Array[] {
  const byThumbprint = new Map([[certificate.thumbprint, certificate]]);
  for (const issuer of chain) if (!issuer.selfIssued) byThumbprint.set(issuer.thumbprint, issuer);
  return [...byThumbprint.values()].map(({ bytes }) => bytes);
}

/**
 * Signs the content of a package signature. Gives the signature as a document of its own, with its certificates in KeyInfo.
 * Throws SigningError `unsupported-key`, `bad-content`, or whatever the key or the timestamper throws.
 */
export async function signContent(content: SignableContent, request: SignatureRequest): Promise<Uint8Array> {
  const { key, digestAlgorithm } = request;
  const keyType = signingKeyType(key.certificate.publicKey);
  if (keyType !== 'rsa') {
    const message = `the service refuses packages signed with ${keyType.toUpperCase()} keys: sign with an RSA key`;
    throw new SigningError('unsupported-key', message);
  }
  const manifest = treeText(manifestIn(content));
  const packageObject = elementText('Object', { Id: OBJECT_ID }, [manifest, propertiesText(new Date())]);
  const reference = elementText('Reference', { URI: `#${OBJECT_ID}`, Type: OBJECT_TYPE }, [
    elementText('DigestMethod', { Algorithm: DIGEST_URI[digestAlgorithm] }),
    elementText('DigestValue', {}, [base64(digestOf(digestAlgorithm, canonicalInSignature(packageObject)))]),
  ]);
  const signedInfo = elementText('SignedInfo', {}, [
    elementText('CanonicalizationMethod', { Algorithm: TRANSFORM.canonical }),
    elementText('SignatureMethod', { Algorithm: SIGNATURE_URI[digestAlgorithm] }),
    reference,
  ]);
  const value = await key.sign(canonicalInSignature(signedInfo), digestAlgorithm);
  const stamp = request.timestamper === undefined ? '' : stampText(await request.timestamper(value));
  const parts = [
    signedInfo,
    elementText('SignatureValue', {}, [base64(value)]),
    keyInfoText(certificatesOf(key.certificate, key.chain)),
    packageObject,
    stamp,
  ];
  return documentBytes(rootText(parts), { standalone: true });
}
