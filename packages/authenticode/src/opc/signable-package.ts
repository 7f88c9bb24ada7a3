// HLKX packages as signable files. Their signatures are XML Signature inside the package (ECMA-376 Part 2 §10).
//
// The digest of a package is that of the canonical Object which a signature over it would have, without the time and with
// relationships covered one by one only: so it is the same before and after signing. It stands in no signature.
import type { ByteSource } from '../byte-source.ts';
import { digestOf } from '../bytes.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import type { FileSignature, SignableFile } from '../signable-file.ts';
import { openZip } from '../zip/index.ts';
import { CONTENT_TYPES_NAME } from './content-types.ts';
import { embedPackageSignature, readPackageSignatures, removePackageSignatures } from './edit-package.ts';
import { checkReferences, describe, makeReferences } from './manifest.ts';
import { parseSignature } from './signature-document.ts';
import { readSignedPackage } from './signed-package.ts';
import { MEDIA_TYPE } from './vocabulary.ts';
import { encodeContent, signContent } from './write-signature.ts';

/** First bytes of an archive that has entries. */
const LOCAL_HEADER = [0x50, 0x4b, 0x03, 0x04];
/** How much of a broken archive is looked at, at either end, for signs that it was meant to be a package. */
const SEARCHED_BYTES = 256 * 1024;

export interface PackageFormatOptions {
  /**
   * Whether signatures cover relationships parts as a whole besides relationship by relationship. Packages with both are
   * reported to be accepted by the service; such with the latter alone exist as well. Both verify.
   */
  readonly wholeRelationships: boolean;
}

async function contentOf(source: ByteSource, algorithm: DigestAlgorithm, options: PackageFormatOptions) {
  const { covered } = await readSignedPackage(source);
  return encodeContent(await makeReferences(covered, { algorithm, ...options }));
}

async function checkPackage(source: ByteSource, references: Parameters<typeof checkReferences>[1]) {
  const target = await readSignedPackage(source);
  const foreign = target.signatures.foreign.map((what) => `${what} is not covered by the signature`);
  return (await checkReferences(target, references)) ?? describe(foreign);
}

function openPackageSignature(bytes: Uint8Array): FileSignature {
  const signature = parseSignature(bytes);
  const { certificates } = signature;
  // KeyInfo does not say whose certificate is the signer's; the key does. Where none fits it is the first leaf that is blamed.
  const signer =
    certificates.find((certificate) => signature.checkKey(certificate) === undefined) ??
    certificates.find((certificate) => !certificate.isCertificateAuthority) ??
    certificates[0];
  return {
    certificates,
    signer,
    digestAlgorithm: signature.digestAlgorithm,
    fileDigestAlgorithm: signature.weakestDigest,
    signatureAlgorithm: signature.signatureAlgorithm,
    signatureValue: signature.signatureValue,
    opusInfo: {},
    statementType: undefined,
    sequenceNumber: undefined,
    claimedTime: signature.claimedTime,
    stamps: signature.stamps,
    nested: [],
    checkGenuine: () =>
      signer === undefined
        ? "the signature does not carry its signer's certificate"
        : (signature.checkKey(signer) ?? signature.checkObjects()),
    checkContent: (source) => checkPackage(source, signature.references),
  };
}

/** Whether an archive that cannot be opened has the name of the content types in it, where names are. */
async function looksLikePackage(source: ByteSource): Promise<boolean> {
  const length = Math.min(source.size, SEARCHED_BYTES);
  for (const start of [0, source.size - length]) {
    const text = new TextDecoder('latin1').decode(await source.read(start, length));
    if (text.toLowerCase().includes(CONTENT_TYPES_NAME.toLowerCase())) return true;
  }
  return false;
}

export function packageFormat(options: PackageFormatOptions): SignableFile {
  return {
    name: 'hlkx',
    title: 'an HLKX package',
    abilities: {
      append: true,
      pageHashes: false,
      opusInfo: false,
      reproducible: false,
      keyTypes: ['rsa'],
      digestAlgorithms: ['sha256', 'sha384', 'sha512'],
    },

    identify: (head) => LOCAL_HEADER.every((byte, index) => head[index] === byte),

    async confirm(source) {
      try {
        const archive = await openZip(source);
        return archive.find(CONTENT_TYPES_NAME) !== undefined && archive.find('_rels/.rels') !== undefined;
      } catch (error) {
        if (error instanceof ParseError) return looksLikePackage(source);
        throw error;
      }
    },

    async digest(source, algorithm) {
      return digestOf(algorithm, await contentOf(source, algorithm, { wholeRelationships: false }));
    },

    async content(source, algorithm) {
      return { contentType: MEDIA_TYPE.signature, content: await contentOf(source, algorithm, options) };
    },

    sign: signContent,
    readSignatures: readPackageSignatures,
    embedSignature: (source, signature, mode = 'replace') => embedPackageSignature(source, signature, mode),
    removeSignatures: removePackageSignatures,
    openSignature: openPackageSignature,
  };
}

/** Signatures of HLKX packages. */
export const hlkx: SignableFile = packageFormat({ wholeRelationships: true });
