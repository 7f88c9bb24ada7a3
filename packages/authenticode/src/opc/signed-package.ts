// A package as a new signature will find it: with a relationship to the origin of signatures, whether that is there already
// or is added with the signature. It is the same before and after signing, so what was signed is what is checked.
import type { ByteSource } from '../byte-source.ts';
import { ParseError } from '../errors.ts';
import type { CoveredPart, PartsToCheck } from './manifest.ts';
import { type OpcPackage, openPackage, type Part } from './package.ts';
import { foldPartName, PACKAGE_ROOT, ROOT_RELATIONSHIPS } from './part-name.ts';
import { encodeRelationships, MAXIMUM_RELATIONSHIPS_BYTES, newRelationshipId } from './relationships.ts';
import { findSignatureParts, type SignatureParts } from './signature-parts.ts';
import { RELATIONSHIP, SIGNATURE_FOLDER } from './vocabulary.ts';

/** Largest part that is read as a whole, because a signature covers its canonical form, in bytes. */
const MAXIMUM_XML_BYTES = MAXIMUM_RELATIONSHIPS_BYTES;

export interface SignedPackage extends PartsToCheck {
  readonly opened: OpcPackage;
  readonly signatures: SignatureParts;
  /** Name of the origin, which may not be there yet. */
  readonly originName: string;
  /** The relationships of the package, that to the origin included; its bytes as they are where it was there already. */
  readonly rootRelationships: Uint8Array;
}

/** `name` before `extension`, or with a number behind it when that is taken. */
export function freeName(isTaken: (name: string) => boolean, name: string, extension: string): string {
  for (let attempt = 0; ; attempt += 1) {
    const candidate = `${name}${attempt === 0 ? '' : `-${attempt}`}.${extension}`;
    if (!isTaken(candidate)) return candidate;
  }
}

function coveredPart(opened: OpcPackage, part: Part, replacement: Uint8Array | undefined): CoveredPart {
  const { name, contentType } = part;
  if (replacement === undefined) {
    return { name, contentType, stream: () => opened.stream(part), read: () => opened.read(part, MAXIMUM_XML_BYTES) };
  }
  return {
    name,
    contentType,
    async *stream() {
      yield replacement;
    },
    read: async () => replacement,
  };
}

/** Reads a package for signing or checking. Throws ParseError, `no-relationships` where a package has none at all. */
export async function readSignedPackage(source: ByteSource): Promise<SignedPackage> {
  const opened = await openPackage(source);
  const root = opened.find(ROOT_RELATIONSHIPS);
  if (root === undefined) {
    throw new ParseError(
      'opc',
      'no-relationships',
      `the package has no ${ROOT_RELATIONSHIPS}: nothing leads to its parts`,
    );
  }
  const signatures = await findSignatureParts(opened);
  const isTaken = (name: string) => opened.find(name) !== undefined;
  const originName = signatures.origin?.name ?? freeName(isTaken, `${SIGNATURE_FOLDER}/origin`, 'psdsor');
  let rootRelationships = await opened.read(root, MAXIMUM_RELATIONSHIPS_BYTES);
  if (signatures.origin === undefined) {
    const existing = await opened.relationships(PACKAGE_ROOT);
    const id = newRelationshipId(originName, existing);
    const toOrigin = { id, type: RELATIONSHIP.signatureOrigin, target: originName, external: false };
    rootRelationships = encodeRelationships([...existing, toOrigin]);
  }
  const covered = opened.parts
    .filter((part) => !signatures.own.has(part))
    .map((part) =>
      coveredPart(opened, part, foldPartName(part.name) === ROOT_RELATIONSHIPS ? rootRelationships : undefined),
    );
  const own = [...signatures.own].map((part) => coveredPart(opened, part, undefined));
  return { opened, signatures, originName, rootRelationships, covered, own };
}
