// Puts signatures into packages, takes them out, and reads them.
import { randomBytes } from 'node:crypto';
import type { ByteSource } from '../byte-source.ts';
import { equalBytes } from '../bytes.ts';
import { SigningError } from '../errors.ts';
import type { Rewrite } from '../rewrite.ts';
import type { SigningMode } from '../signable-file.ts';
import { type Certificate, parseCertificate } from '../x509/index.ts';
import { replaceText } from '../xml/index.ts';
import { type ZipAddition, zipRewrite } from '../zip/index.ts';
import { CONTENT_TYPES_NAME, changeContentTypes, encodeContentTypes } from './content-types.ts';
import { checkReferences } from './manifest.ts';
import { openPackage, type Part } from './package.ts';
import { PACKAGE_ROOT, ROOT_RELATIONSHIPS, relationshipsNameOf } from './part-name.ts';
import { encodeRelationships, newRelationshipId, type Relationship } from './relationships.ts';
import { MAXIMUM_SIGNATURE_BYTES, parseSignature, type SignatureDocument } from './signature-document.ts';
import { findSignatureParts } from './signature-parts.ts';
import { freeName, readSignedPackage, type SignedPackage } from './signed-package.ts';
import { MEDIA_TYPE, RELATIONSHIP, SIGNATURE_FOLDER } from './vocabulary.ts';
import { keyInfoText } from './write-signature.ts';

const MAXIMUM_CERTIFICATE_BYTES = 256 * 1024;

/** A part that is written. */
interface NewPart {
  readonly name: string;
  readonly contentType: string;
  readonly contents: Uint8Array;
}

function toAddition({ name, contents }: Pick<NewPart, 'name' | 'contents'>): ZipAddition {
  return { name: name.slice(1), contents };
}

function withoutDoubles(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.thumbprint, certificate])).values()];
}

/** Each signature of a package as a document of its own: with the certificates of its parts in KeyInfo. */
export async function readPackageSignatures(source: ByteSource): Promise<Uint8Array[]> {
  const opened = await openPackage(source);
  const { signatures } = await findSignatureParts(opened);
  const documents: Uint8Array[] = [];
  for (const { part, certificates } of signatures) {
    const bytes = await opened.read(part, MAXIMUM_SIGNATURE_BYTES);
    const signature = parseSignature(bytes);
    const inParts: Certificate[] = [];
    for (const each of certificates) {
      inParts.push(parseCertificate(await opened.read(each, MAXIMUM_CERTIFICATE_BYTES)));
    }
    const all = withoutDoubles([...inParts, ...signature.certificates]);
    documents.push(all.length === signature.certificates.length ? bytes : withKeyInfo(signature, all));
  }
  return documents;
}

/** The document with these certificates in KeyInfo, or without KeyInfo when there are none. Nothing signed is touched. */
function withKeyInfo(
  { document, keyInfo, signatureValueElement }: SignatureDocument,
  certificates: readonly Certificate[],
): Uint8Array {
  const start = keyInfo?.start ?? signatureValueElement.end;
  const end = keyInfo?.end ?? signatureValueElement.end;
  const text = certificates.length === 0 ? '' : keyInfoText(certificates.map(({ bytes }) => bytes));
  return replaceText(document, start, end, text);
}

/** Those of the certificates that go into the package: the signer's first, for a reader may look at one only. */
function signerFirst(signature: SignatureDocument): Certificate[] {
  const certificates = withoutDoubles(signature.certificates);
  const signer = certificates.find((certificate) => signature.checkKey(certificate) === undefined);
  if (signer === undefined) {
    throw new SigningError('no-certificate', "the signature does not carry its signer's certificate in KeyInfo");
  }
  return [signer, ...certificates.filter((certificate) => certificate !== signer)];
}

/** Builds up the parts of one more signature. */
class SignatureWriter {
  readonly target: SignedPackage;
  /** Parts of signatures that stay. */
  readonly staying: ReadonlySet<Part>;
  readonly parts: NewPart[] = [];

  constructor(target: SignedPackage, staying: ReadonlySet<Part>) {
    this.target = target;
    this.staying = staying;
  }

  freeName(folder: string, name: string, extension: string): string {
    const { opened, signatures } = this.target;
    const isTaken = (candidate: string) => {
      const part = opened.find(candidate);
      const isLeaving = part !== undefined && signatures.own.has(part) && !this.staying.has(part);
      return (part !== undefined && !isLeaving) || this.parts.some((each) => each.name === candidate);
    };
    return freeName(isTaken, `${SIGNATURE_FOLDER}/${folder}/${name}`, extension);
  }

  /** A part for the certificate, named after its serial number; gives the name of it. */
  async certificate({ bytes, serialNumber, thumbprint }: Certificate): Promise<string> {
    for (const part of this.staying) {
      if (part.contentType.toLowerCase() !== MEDIA_TYPE.certificate) continue;
      if (equalBytes(await this.target.opened.read(part, MAXIMUM_CERTIFICATE_BYTES), bytes)) return part.name;
    }
    const name = this.freeName('certificate', serialNumber.length <= 64 ? serialNumber : thumbprint, 'cer');
    this.parts.push({ name, contentType: MEDIA_TYPE.certificate, contents: bytes });
    return name;
  }

  relationships(source: string, relationships: readonly Relationship[]): void {
    const contents = encodeRelationships(relationships);
    this.parts.push({ name: relationshipsNameOf(source), contentType: MEDIA_TYPE.relationships, contents });
  }

  /** The signature and what belongs to it; gives its name. */
  async signature(signature: SignatureDocument): Promise<string> {
    const name = this.freeName('xml-signature', randomBytes(16).toString('hex'), 'psdsxs');
    const relationships: Relationship[] = [];
    for (const certificate of signerFirst(signature)) {
      const target = await this.certificate(certificate);
      const id = newRelationshipId(target, relationships);
      relationships.push({ id, type: RELATIONSHIP.certificate, target, external: false });
    }
    this.parts.push({ name, contentType: MEDIA_TYPE.signature, contents: withKeyInfo(signature, []) });
    this.relationships(name, relationships);
    return name;
  }
}

/**
 * The package with this signature, in place of those that it has or besides them. Throws SigningError `wrong-content` when
 * the signature is over other parts, `no-certificate` when its signer is not in KeyInfo; ParseError when either is malformed.
 */
export async function embedPackageSignature(
  source: ByteSource,
  signatureBytes: Uint8Array,
  mode: SigningMode,
): Promise<Rewrite> {
  const signature = parseSignature(signatureBytes);
  const target = await readSignedPackage(source);
  const { opened, signatures, originName, rootRelationships } = target;
  const difference = await checkReferences(target, signature.references, { contents: false });
  if (difference !== undefined) {
    throw new SigningError('wrong-content', `the signature was made for another package: ${difference}`);
  }
  const { origin } = signatures;
  const isAppended = mode === 'append';
  const staying = new Set(isAppended ? signatures.own : origin === undefined ? [] : [origin]);
  const writer = new SignatureWriter(target, staying);
  const existing = isAppended ? signatures.originRelationships : [];
  const name = await writer.signature(signature);
  const id = newRelationshipId(name, existing);
  if (origin === undefined) {
    writer.parts.push({ name: originName, contentType: MEDIA_TYPE.signatureOrigin, contents: new Uint8Array(0) });
  }
  writer.relationships(originName, [...existing, { id, type: RELATIONSHIP.signature, target: name, external: false }]);
  const removed = [...signatures.own].filter((part) => !staying.has(part));
  return rewritePackage(opened, removed, writer.parts, origin === undefined ? rootRelationships : undefined);
}

/** The package with parts put in and taken out, and its content types to match. */
function rewritePackage(
  opened: SignedPackage['opened'],
  removed: readonly Part[],
  added: readonly NewPart[],
  rootRelationships: Uint8Array | undefined,
): Rewrite {
  const leaving = new Set(removed);
  const types = changeContentTypes(opened.contentTypes, {
    added,
    removed: removed.map(({ name }) => name),
    kept: opened.parts.filter((part) => !leaving.has(part)).map(({ name }) => name),
  });
  const additions = [
    ...added.map(toAddition),
    ...(rootRelationships === undefined ? [] : [toAddition({ name: ROOT_RELATIONSHIPS, contents: rootRelationships })]),
  ];
  const before = encodeContentTypes(opened.contentTypes);
  const after = encodeContentTypes(types);
  if (!equalBytes(before, after)) additions.push({ name: CONTENT_TYPES_NAME, contents: after });
  return zipRewrite(opened.archive, { additions, removals: new Set(removed.map(({ entry }) => entry)) });
}

/** The package without signatures and everything that belongs to them. */
export async function removePackageSignatures(source: ByteSource): Promise<Rewrite> {
  const { opened, signatures } = await readSignedPackage(source);
  if (signatures.origin === undefined) return [{ copy: { start: 0, end: source.size } }];
  const relationships = await opened.relationships(PACKAGE_ROOT);
  const kept = relationships.filter(({ type }) => type !== RELATIONSHIP.signatureOrigin);
  return rewritePackage(opened, [...signatures.own], [], encodeRelationships(kept));
}
