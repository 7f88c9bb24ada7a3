// A signature of a package, as XML Signature with the structure that OPC gives it (ECMA-376 Part 2 §10.5):
//
//   Signature > SignedInfo, SignatureValue, KeyInfo?, Object with Manifest and SignatureProperties, other Objects
//
// SignedInfo refers to that Object by its Id, and the Manifest to the parts of the package. What is read is always the very
// element whose digest is checked: Ids must be unique and lead to a child of Signature, or else a signed element could
// be moved aside and another one put in its place (signature wrapping).
import { digestOf, equalBytes } from '../bytes.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { OID } from '../object-identifiers.ts';
import type { StampBytes } from '../signable-file.ts';
import { checkSignature } from '../signature-algorithms.ts';
import { type Certificate, parseCertificate } from '../x509/index.ts';
import {
  attributeOf,
  type CanonicalForm,
  canonicalize,
  childElements,
  isNamed,
  parseXml,
  textOf,
  type XmlDocument,
  type XmlElement,
} from '../xml/index.ts';
import type { PartReference } from './part-reference.ts';
import {
  canonicalForm,
  decodeBase64,
  plainAlgorithm,
  readDigest,
  readManifest,
  refuseSignature,
  requireChild,
  requireNoMore,
  signatureChildren,
  takeChild,
} from './read-manifest.ts';
import { algorithmOf, NAMESPACE, SIGNATURE_URI } from './vocabulary.ts';

/** Largest signature that is read, in bytes. */
export const MAXIMUM_SIGNATURE_BYTES = 64 * 1024 ** 2;
const MOST_CERTIFICATES = 64;

/** A reference of SignedInfo to an Object of the signature. */
interface ObjectReference {
  readonly object: XmlElement;
  readonly form: CanonicalForm;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly digest: Uint8Array;
}

export interface SignatureDocument {
  readonly document: XmlDocument;
  /** URI of the signature algorithm. */
  readonly signatureAlgorithm: string;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly signatureValue: Uint8Array;
  readonly signatureValueElement: XmlElement;
  readonly keyInfo: XmlElement | undefined;
  /** Certificates in KeyInfo. */
  readonly certificates: readonly Certificate[];
  /** The Object that has the Manifest in it. */
  readonly packageObject: XmlElement;
  readonly references: readonly PartReference[];
  /** The weakest algorithm among the digests of parts and Objects. */
  readonly weakestDigest: DigestAlgorithm;
  readonly claimedTime: Date | undefined;
  readonly stamps: readonly StampBytes[];
  /** Undefined when this key made the signature; otherwise what is wrong. */
  checkKey(certificate: Certificate): string | undefined;
  /** Undefined when the Objects are those that were signed; otherwise what is wrong. */
  checkObjects(): string | undefined;
}

/** Every element by its Id, under any spelling that some reader takes for one; several where they are not unique. */
function indexIds(root: XmlElement): Map<string, XmlElement[]> {
  const byId = new Map<string, XmlElement[]>();
  const waiting = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    for (const { local, value } of element.attributes) {
      if (local.toLowerCase() === 'id') byId.set(value, [...(byId.get(value) ?? []), element].slice(0, 2));
    }
    waiting.push(...childElements(element));
  }
  return byId;
}

function readObjectReference(
  element: XmlElement,
  objects: readonly XmlElement[],
  byId: ReadonlyMap<string, readonly XmlElement[]>,
): ObjectReference {
  const uri = attributeOf(element, 'URI') ?? '';
  const [object, ...others] = byId.get(uri.slice(1)) ?? [];
  if (others.length > 0) refuseSignature('duplicate-id', `the signature has the Id '${uri.slice(1)}' more than once`);
  if (!uri.startsWith('#') || object === undefined || !objects.includes(object)) {
    return refuseSignature('bad-reference', `the signature refers to '${uri}', which is no Object of it`);
  }
  const children = signatureChildren(element, 'Reference');
  const transforms = takeChild(children, 'Transforms');
  const [first, ...more] = transforms === undefined ? [] : signatureChildren(transforms, 'Transforms');
  const form = first === undefined ? { comments: false } : canonicalForm(plainAlgorithm(first));
  if (form === undefined || more.length > 0) {
    return refuseSignature('unsupported-transform', `the transforms of the reference to '${uri}' are not supported`);
  }
  return { object, form, ...readDigest(children) };
}

/** The time that the signer claims (§10.5.13); undefined when it is absent or cannot be read, for nothing relies on it. */
function readClaimedTime(properties: XmlElement | undefined): Date | undefined {
  for (const property of properties === undefined ? [] : childElements(properties)) {
    for (const time of childElements(property)) {
      if (!isNamed(time, NAMESPACE.packageSignature, 'SignatureTime')) continue;
      const value = childElements(time).find((child) => isNamed(child, NAMESPACE.packageSignature, 'Value'));
      const text = value === undefined ? '' : textOf(value).trim();
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) continue;
      const milliseconds = Date.parse(text);
      if (!Number.isNaN(milliseconds)) return new Date(milliseconds);
    }
  }
  return undefined;
}

/** Tokens in TimeStamp elements, which Objects of their own hold. */
function readStamps(objects: readonly XmlElement[]): StampBytes[] {
  return objects
    .flatMap(childElements)
    .filter((element) => isNamed(element, NAMESPACE.packageSignature, 'TimeStamp'))
    .flatMap(childElements)
    .filter((element) => isNamed(element, NAMESPACE.packageSignature, 'EncodedTime'))
    .map((element) => ({ kind: 'rfc3161', bytes: decodeBase64(element) }));
}

function readCertificates(keyInfo: XmlElement | undefined): Certificate[] {
  const elements = (keyInfo === undefined ? [] : childElements(keyInfo))
    .filter((element) => isNamed(element, NAMESPACE.xmlSignature, 'X509Data'))
    .flatMap(childElements)
    .filter((element) => isNamed(element, NAMESPACE.xmlSignature, 'X509Certificate'));
  if (elements.length > MOST_CERTIFICATES) {
    refuseSignature('too-many-certificates', `the signature has ${elements.length} certificates`);
  }
  return elements.map((element) => parseCertificate(decodeBase64(element)));
}

const BY_STRENGTH: readonly DigestAlgorithm[] = ['sha1', 'sha256', 'sha384', 'sha512'];

/** Reads a signature. Throws ParseError when it is malformed or uses what the standard does not allow. */
export function parseSignature(bytes: Uint8Array): SignatureDocument {
  const document = parseXml(bytes, { bytes: MAXIMUM_SIGNATURE_BYTES });
  const children = signatureChildren(document.root, 'Signature');
  const signedInfo = requireChild(children, 'SignedInfo', 'Signature');
  const signatureValueElement = requireChild(children, 'SignatureValue', 'Signature');
  const keyInfo = takeChild(children, 'KeyInfo');
  const objects: XmlElement[] = [];
  for (let object = takeChild(children, 'Object'); object !== undefined; object = takeChild(children, 'Object')) {
    objects.push(object);
  }
  requireNoMore(children, 'Signature');

  const parts = signatureChildren(signedInfo, 'SignedInfo');
  const canonicalization = plainAlgorithm(requireChild(parts, 'CanonicalizationMethod', 'SignedInfo'));
  const form = canonicalForm(canonicalization);
  if (form === undefined) {
    return refuseSignature('unsupported-canonicalization', `canonicalization ${canonicalization} is not supported`);
  }
  const signatureAlgorithm = plainAlgorithm(requireChild(parts, 'SignatureMethod', 'SignedInfo'));
  const digestAlgorithm = algorithmOf(SIGNATURE_URI, signatureAlgorithm);
  if (digestAlgorithm === undefined) {
    const message = `signature algorithm ${signatureAlgorithm} is not supported: packages are signed with RSA`;
    return refuseSignature('unsupported-signature-algorithm', message);
  }
  const byId = indexIds(document.root);
  const objectReferences: ObjectReference[] = [];
  for (let part = takeChild(parts, 'Reference'); part !== undefined; part = takeChild(parts, 'Reference')) {
    objectReferences.push(readObjectReference(part, objects, byId));
  }
  requireNoMore(parts, 'SignedInfo');

  const isManifest = (element: XmlElement) => isNamed(element, NAMESPACE.xmlSignature, 'Manifest');
  const signedObjects = new Set(objectReferences.map(({ object }) => object));
  const [packageObject, ...others] = [...signedObjects].filter((object) => childElements(object).some(isManifest));
  if (packageObject === undefined || others.length > 0 || objectReferences.length > signedObjects.size) {
    return refuseSignature(
      'bad-reference',
      'the signature must cover one Object with a Manifest, and each Object once',
    );
  }
  const contents = signatureChildren(packageObject, 'Object');
  const references = readManifest(requireChild(contents, 'Manifest', 'Object'));
  const properties = takeChild(contents, 'SignatureProperties');
  requireNoMore(contents, 'Object');

  const signatureValue = decodeBase64(signatureValueElement);
  const canonicalSignedInfo = canonicalize(signedInfo, form);
  const used = new Set([...references, ...objectReferences].map((reference) => reference.digestAlgorithm));
  return {
    document,
    signatureAlgorithm,
    digestAlgorithm,
    signatureValue,
    signatureValueElement,
    keyInfo,
    certificates: readCertificates(keyInfo),
    packageObject,
    references,
    weakestDigest: BY_STRENGTH.find((algorithm) => used.has(algorithm)) ?? digestAlgorithm,
    claimedTime: readClaimedTime(properties),
    stamps: readStamps(objects.filter((object) => object !== packageObject)),
    checkKey: ({ publicKey }) =>
      checkSignature(
        { algorithm: OID.rsaEncryption, digest: digestAlgorithm, key: publicKey },
        canonicalSignedInfo,
        signatureValue,
      ),
    checkObjects() {
      for (const { object, form: objectForm, digestAlgorithm: algorithm, digest } of objectReferences) {
        if (!equalBytes(digestOf(algorithm, canonicalize(object, objectForm)), digest)) {
          return `the list of signed parts was changed after it was signed: the ${algorithm} digest of '#${attributeOf(object, 'Id')}' is another`;
        }
      }
      return undefined;
    },
  };
}
