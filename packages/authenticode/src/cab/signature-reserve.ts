// The header reserve of a cabinet as Authenticode uses it: where the signature behind the cabinet is noted.
//
//   offset  size   field
//   0       2      length of structure 1 (0 in all signed cabinets seen; its bytes are hashed)
//   2       2      length of structure 2 (16)
//   4       len1   structure 1
//   4+len1  4      offset of the signature = cbCabinet
//   8+len1  4      size of the signature in bytes, padding included
//   12+len1 8      zero
// Whatever follows up to cbCFHeader is slack: room that makecab set aside and nobody hashes.
import { viewOf } from '../bytes.ts';

/** Size of structure 2, and of a reserve that holds nothing else. */
const SIGNATURE_STRUCTURE_SIZE = 16;
export const SIGNATURE_RESERVE_SIZE = 4 + SIGNATURE_STRUCTURE_SIZE;

export interface SignatureReserve {
  /** The length of structure 1 and structure 1 itself, as they are hashed. */
  readonly hashed: Uint8Array;
  /** Whether structure 2 has the form that notes a signature. */
  readonly canNoteSignature: boolean;
  /** Whether structure 2 is absent, so that one may be added. */
  readonly vacant: boolean;
  /** Byte range of the signature in the file, as noted; not checked. */
  readonly signature: { readonly offset: number; readonly size: number } | undefined;
}

/** Reads a header reserve; undefined when the bytes are not of this form, for then they belong to another program. */
export function parseSignatureReserve(reserve: Uint8Array): SignatureReserve | undefined {
  if (reserve.length < 4) return undefined;
  const view = viewOf(reserve);
  const firstLength = view.getUint16(0, true);
  const secondLength = view.getUint16(2, true);
  if (4 + firstLength + secondLength > reserve.length) return undefined;
  const hashed = new Uint8Array(2 + firstLength);
  hashed.set(reserve.subarray(0, 2));
  hashed.set(reserve.subarray(4, 4 + firstLength), 2);
  const canNoteSignature = secondLength === SIGNATURE_STRUCTURE_SIZE;
  let signature: SignatureReserve['signature'];
  if (canNoteSignature) {
    const offset = view.getUint32(4 + firstLength, true);
    const size = view.getUint32(8 + firstLength, true);
    if (offset !== 0 || size !== 0) signature = { offset, size };
  }
  return { hashed, canNoteSignature, vacant: secondLength === 0, signature };
}

/**
 * A reserve that notes a signature, made of an existing one: structure 1 and the size are kept where they can be. An
 * empty reserve (or none) becomes one of 20 bytes. Undefined when the bytes belong to another program.
 */
export function encodeSignatureReserve(
  existing: Uint8Array,
  signature: { readonly offset: number; readonly size: number },
): Uint8Array | undefined {
  const parsed = existing.length === 0 ? undefined : parseSignatureReserve(existing);
  if (existing.length !== 0 && !(parsed?.canNoteSignature || parsed?.vacant)) return undefined;
  const firstLength = parsed === undefined ? 0 : parsed.hashed.length - 2;
  const bytes = new Uint8Array(Math.max(existing.length, SIGNATURE_RESERVE_SIZE + firstLength));
  bytes.set(existing);
  bytes.fill(0, 4 + firstLength, SIGNATURE_RESERVE_SIZE + firstLength);
  const view = viewOf(bytes);
  view.setUint16(0, firstLength, true);
  view.setUint16(2, SIGNATURE_STRUCTURE_SIZE, true);
  view.setUint32(4 + firstLength, signature.offset, true);
  view.setUint32(8 + firstLength, signature.size, true);
  return bytes;
}
