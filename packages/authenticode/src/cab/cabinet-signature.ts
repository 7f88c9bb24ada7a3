// Authenticode in cabinets: what is hashed, where the signature is noted (signature-reserve.ts) and where it lies: right
// behind the cabinet, padded with zeros to a multiple of 8, to the end of the file.
//
// Hashed are, in this order: "MSCF"; CFHEADER from cbCabinet to iCabinet; with a reserve in the header the length and
// the bytes of its structure 1; all from the end of that reserve to cbCabinet. Left out are reserved1, the three
// reserve sizes and structure 2. So a cabinet without reserve changes its digest when it is first signed, for it gets
// a reserve and all its offsets move: as the member of a catalog it has one digest, inside its own signature another.
import { createHash } from 'node:crypto';
import type { ByteSource } from '../byte-source.ts';
import { equalBytes, viewOf } from '../bytes.ts';
import {
  addUnauthenticatedAttribute,
  createSignedData,
  indirectDataReader,
  openSignedData,
  parseSignedData,
} from '../cms/index.ts';
import { readDerHeader } from '../der/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError, SigningError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';
import { type Rewrite, type RewritePiece, rewriteStream } from '../rewrite.ts';
import type { SignableFile } from '../signable-file.ts';
import { encodeIndirectData, parseIndirectData } from '../spc/index.ts';
import { FOLDER_SIZE } from './folder.ts';
import { forwardReader } from './forward-reader.ts';
import {
  CABINET_FLAGS,
  type CabinetHeader,
  encodeReserve,
  FIXED_HEADER_SIZE,
  isCabinet,
  MOST_CABINET_BYTES,
  RESERVE_SIZES_SIZE,
  readCabinetHeader,
} from './header.ts';
import { encodeSignatureReserve, parseSignatureReserve } from './signature-reserve.ts';

/** First hashed byte after "MSCF". */
const HASHED_FROM = 8;
/** Most bytes of reserve in a header ([MS-CAB] 2.1). */
const MOST_RESERVE_BYTES = 60_000;
const SIGNATURE_ALIGNMENT = 8;

/** A cabinet with room for a signature: the original one, or how it is made of the original. */
interface SignableLayout {
  /** cbCabinet in bytes, which is also the offset of the signature. */
  readonly size: number;
  /** The first 36 bytes of CFHEADER. */
  readonly fixedHeader: Uint8Array;
  /** Content of the header reserve; empty when there is none. */
  readonly reserve: Uint8Array;
  /** Sizes of the other reserves. */
  readonly folderReserve: number;
  readonly dataReserve: number;
  /** Everything after the header reserve. */
  readonly rest: readonly RewritePiece[];
}

/** The digest of the cabinet as it is: what a catalog member, or the signature that it carries, must state. */
async function digest(source: ByteSource, algorithm: DigestAlgorithm): Promise<Uint8Array> {
  return digestLayout(source, await readLayout(source, await readCabinetHeader(source)), algorithm);
}

/** Authenticode signatures of cabinets. */
export const cabinet: SignableFile = {
  name: 'cab',
  title: 'a cabinet',
  abilities: {
    append: true,
    pageHashes: false,
    opusInfo: true,
    reproducible: true,
    keyTypes: ['rsa', 'ec'],
    digestAlgorithms: ['sha1', 'sha256', 'sha384', 'sha512'],
  },
  identify: isCabinet,
  digest,

  /** The content of a signature over the cabinet as it will be once it has room for one. */
  async content(source, algorithm) {
    const layout = await makeRoom(source, await readCabinetHeader(source));
    const digest = await digestLayout(source, layout, algorithm);
    return { contentType: OID.spcIndirectData, content: encodeIndirectData('cab', algorithm, digest) };
  },

  sign: (content, request) => createSignedData({ ...request, content }),

  openSignature: (signature) => openSignedData(signature, indirectDataReader(digest)),

  /**
   * The reserve stays, for it cannot be told whether it was there before the cabinet was signed; so the digest stays the
   * same, and the same signature can be attached again.
   */
  async removeSignatures(source) {
    const header = await readCabinetHeader(source);
    if (header.signature === undefined) return [{ copy: { start: 0, end: source.size } }];
    return withSignature(await readLayout(source, header), undefined);
  },

  async readSignatures(source) {
    const { signature } = await readCabinetHeader(source);
    if (signature === undefined) return [];
    const bytes = await source.read(signature.offset, signature.size);
    const { headerLength, valueLength } = readDerHeader(bytes, 0, signature.offset);
    const length = headerLength + valueLength;
    const padding = bytes.subarray(length);
    if (length > bytes.length) {
      throw new ParseError('cab', 'truncated', 'the signature is longer than the room noted for it', signature.offset);
    }
    if (padding.length >= SIGNATURE_ALIGNMENT || padding.some((byte) => byte !== 0)) {
      const at = signature.offset + length;
      throw new ParseError('cab', 'trailing-data', `${padding.length} bytes follow the signature`, at);
    }
    return [bytes.slice(0, length)];
  },

  async embedSignature(source, signature, mode = 'replace') {
    const layout = await makeRoom(source, await readCabinetHeader(source));
    const { nested } = openSignedData(signature, indirectDataReader(digest));
    await requireContentOf(source, layout, [signature, ...nested]);
    const [primary] = mode === 'append' ? await cabinet.readSignatures(source) : [];
    if (primary === undefined) return withSignature(layout, signature);
    if (nested.length > 0) {
      const message = `the signature has ${nested.length} nested in it, which would not be found inside another; add them one by one`;
      throw new SigningError('nested-signature', message);
    }
    return withSignature(layout, addUnauthenticatedAttribute(primary, OID.nestedSignature, signature));
  },
};

/** The cabinet with this signature behind it, padded; with none, its reserve notes none. */
function withSignature(layout: SignableLayout, signature: Uint8Array = new Uint8Array(0)): Rewrite {
  const padding = -signature.length & (SIGNATURE_ALIGNMENT - 1);
  const note =
    signature.length === 0 ? { offset: 0, size: 0 } : { offset: layout.size, size: signature.length + padding };
  const reserve = encodeSignatureReserve(layout.reserve, note);
  if (reserve === undefined) throw foreignReserve();
  const sizes = { header: reserve, folderSize: layout.folderReserve, dataSize: layout.dataReserve };
  return [
    { bytes: layout.fixedHeader },
    { bytes: encodeReserve(sizes) },
    ...layout.rest,
    { bytes: signature },
    { bytes: new Uint8Array(padding) },
  ];
}

/** Throws SigningError `wrong-content` unless these signatures (DER) are over this cabinet; ParseError when malformed. */
async function requireContentOf(
  source: ByteSource,
  layout: SignableLayout,
  signatures: readonly Uint8Array[],
): Promise<void> {
  const wrong = (why: string) => new SigningError('wrong-content', `the signature is not one of this cabinet: ${why}`);
  const known = new Map<DigestAlgorithm, Uint8Array>();
  for (const signature of signatures) {
    const { contentType, contentBytes } = parseSignedData(signature);
    if (contentType !== OID.spcIndirectData) throw wrong('it covers no file');
    const stated = parseIndirectData(contentBytes);
    const actual = known.get(stated.algorithm) ?? (await digestLayout(source, layout, stated.algorithm));
    known.set(stated.algorithm, actual);
    if (!equalBytes(stated.digest, actual)) throw wrong(`the ${stated.algorithm} digest of the cabinet is another`);
  }
}

async function readLayout(source: ByteSource, header: CabinetHeader): Promise<SignableLayout> {
  return {
    size: header.size,
    fixedHeader: (await source.read(0, FIXED_HEADER_SIZE)).slice(),
    reserve: header.reserve?.header ?? new Uint8Array(0),
    folderReserve: header.reserve?.folderSize ?? 0,
    dataReserve: header.reserve?.dataSize ?? 0,
    rest: [{ copy: { start: header.reserveEnd, end: header.size } }],
  };
}

/** The same cabinet with room for a signature: as it is when it has room, else everything moved by the bytes added. */
async function makeRoom(source: ByteSource, header: CabinetHeader): Promise<SignableLayout> {
  const layout = await readLayout(source, header);
  const reserve = encodeSignatureReserve(layout.reserve, { offset: 0, size: 0 });
  if (reserve === undefined) throw foreignReserve();
  const added = reserve.length - layout.reserve.length + (header.reserve === undefined ? RESERVE_SIZES_SIZE : 0);
  if (added === 0) return { ...layout, reserve };
  const size = header.size + added;
  if (size > MOST_CABINET_BYTES || reserve.length > MOST_RESERVE_BYTES) {
    throw new SigningError('cabinet-too-large', 'the cabinet has no room for a signature: its size limit is reached');
  }

  const fixedHeader = layout.fixedHeader.slice();
  const view = viewOf(fixedHeader);
  view.setUint32(8, size, true);
  view.setUint32(16, header.filesOffset + added, true);
  view.setUint16(30, header.flags | CABINET_FLAGS.reserve, true);
  const entrySize = FOLDER_SIZE + layout.folderReserve;
  const foldersEnd = header.foldersOffset + header.folderCount * entrySize;
  const reader = forwardReader(source, header.size);
  const folders = (await reader.read(header.foldersOffset, foldersEnd - header.foldersOffset, 'the folders')).slice();
  const foldersView = viewOf(folders);
  for (let offset = 0; offset < folders.length; offset += entrySize) {
    const dataOffset = foldersView.getUint32(offset, true) + added;
    if (dataOffset > size) {
      throw new ParseError(
        'cab',
        'bad-folder',
        'a folder begins after the cabinet ends',
        header.foldersOffset + offset,
      );
    }
    foldersView.setUint32(offset, dataOffset, true);
  }
  return {
    ...layout,
    size,
    fixedHeader,
    reserve,
    rest: [
      { copy: { start: header.reserveEnd, end: header.foldersOffset } },
      { bytes: folders },
      { copy: { start: foldersEnd, end: header.size } },
    ],
  };
}

async function digestLayout(
  source: ByteSource,
  layout: SignableLayout,
  algorithm: DigestAlgorithm,
): Promise<Uint8Array> {
  const hashed: RewritePiece[] = [
    { bytes: layout.fixedHeader.subarray(0, 4) },
    { bytes: layout.fixedHeader.subarray(HASHED_FROM) },
  ];
  if (layout.reserve.length > 0) {
    const reserve = parseSignatureReserve(layout.reserve);
    if (reserve === undefined) throw foreignReserve();
    hashed.push({ bytes: reserve.hashed });
  }
  return digestRewrite(source, [...hashed, ...layout.rest], algorithm);
}

async function digestRewrite(source: ByteSource, rewrite: Rewrite, algorithm: DigestAlgorithm): Promise<Uint8Array> {
  const hash = createHash(algorithm);
  for await (const chunk of rewriteStream(source, rewrite)) hash.update(chunk);
  return new Uint8Array(hash.digest());
}

function foreignReserve(): ParseError {
  const what = 'the reserve of the cabinet header holds the data of another program';
  return new ParseError('cab', 'foreign-reserve', `${what}, not room for a signature; make the cabinet without it`, 36);
}
