// Security catalogs as signable files: the whole file is a SignedData, and signing puts a new shell around the same list.
import type { ByteSource } from '../byte-source.ts';
import { digestOf, equalBytes } from '../bytes.ts';
import {
  createSignedData,
  encodeUnsignedData,
  openSignedData,
  parseSignedData,
  type SignedData,
} from '../cms/index.ts';
import { contextConstructed, readDerHeader, TAG, write } from '../der/index.ts';
import { ParseError, SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import type { SignableFile } from '../signable-file.ts';

/** Largest catalog that is read into memory, in bytes. */
const MAXIMUM_CATALOG_BYTES = 128 * 1024 * 1024;

/** The whole catalog. Throws ParseError `not-a-catalog` for any other SignedData. */
async function readShell(source: ByteSource): Promise<{ bytes: Uint8Array; signedData: SignedData }> {
  if (source.size > MAXIMUM_CATALOG_BYTES) {
    throw new ParseError('catalog', 'too-large', `a catalog of ${source.size} bytes is too large`);
  }
  const bytes = await source.read(0, source.size);
  const signedData = parseSignedData(bytes);
  if (signedData.contentType !== OID.certificateTrustList) {
    throw new ParseError('catalog', 'not-a-catalog', 'the signed content is not a catalog', signedData.content.offset);
  }
  return { bytes, signedData };
}

/** Headers that lead from the start of the file to the content type, which is all that a head can be asked for. */
const PREFIX: readonly { tag: number; step: 'into' | 'over' }[] = [
  { tag: TAG.sequence, step: 'into' },
  { tag: TAG.oid, step: 'over' },
  { tag: contextConstructed(0), step: 'into' },
  { tag: TAG.sequence, step: 'into' },
  { tag: TAG.integer, step: 'over' },
  { tag: TAG.set, step: 'over' },
  { tag: TAG.sequence, step: 'into' },
];

const CONTENT_TYPE = write.oid(OID.certificateTrustList);

function identify(head: Uint8Array): boolean {
  let at = 0;
  try {
    for (const { tag, step } of PREFIX) {
      const header = readDerHeader(head, at);
      if (header.tag !== tag) return false;
      at += header.headerLength + (step === 'over' ? header.valueLength : 0);
    }
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
  return equalBytes(head.subarray(at, at + CONTENT_TYPE.length), CONTENT_TYPE);
}

/** Authenticode signatures of catalogs. A catalog's digest is that of its list: the value octets that a signature covers. */
export const catalog: SignableFile = {
  name: 'cat',
  title: 'a security catalog',
  abilities: {
    append: false,
    pageHashes: false,
    opusInfo: true,
    reproducible: true,
    keyTypes: ['rsa', 'ec'],
    digestAlgorithms: ['sha1', 'sha256', 'sha384', 'sha512'],
  },
  identify,

  async digest(source, algorithm) {
    const { signedData } = await readShell(source);
    return digestOf(algorithm, signedData.content.value);
  },

  async content(source) {
    const { signedData } = await readShell(source);
    return { contentType: signedData.contentType, content: signedData.contentBytes };
  },

  sign: (content, request) => createSignedData({ ...request, content }),

  openSignature: (signature) =>
    openSignedData(signature, {
      fileDigestAlgorithm: () => undefined,
      async check({ contentBytes }, source) {
        const { signedData } = await readShell(source);
        return equalBytes(signedData.contentBytes, contentBytes) ? undefined : 'the signature covers another catalog';
      },
    }),

  async removeSignatures(source) {
    const { signedData } = await readShell(source);
    return [{ bytes: encodeUnsignedData({ contentType: signedData.contentType, content: signedData.contentBytes }) }];
  },

  async readSignatures(source) {
    const { bytes, signedData } = await readShell(source);
    return signedData.signerInfos.length === 0 ? [] : [bytes];
  },

  async embedSignature(source, signature, mode = 'replace') {
    const { signedData } = await readShell(source);
    // The whole file is one SignedData, and Windows does not take a second signer or a nested signature in it.
    if (mode === 'append' && signedData.signerInfos.length > 0) {
      throw new SigningError(
        'cannot-append',
        'a security catalog can carry only one signature; replace the one it has',
      );
    }
    if (!equalBytes(parseSignedData(signature).contentBytes, signedData.contentBytes)) {
      throw new SigningError('wrong-content', 'the signature was made for another catalog');
    }
    return [{ bytes: signature }];
  },
};
