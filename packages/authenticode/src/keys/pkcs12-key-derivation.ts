// Keys, initial vectors and MAC keys from a password, the PKCS#12 way (RFC 7292 appendix B).
import { createHash } from 'node:crypto';
import { concatBytes } from '../bytes.ts';
import { write } from '../der/index.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '../digest-algorithms.ts';

/** What the derived bytes are for; the number is the diversifier of RFC 7292 appendix B.3. */
export const DERIVATION_PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

/** Input block size of each hash in bytes. */
const BLOCK_BYTES: Readonly<Record<DigestAlgorithm, number>> = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 };

/** A password as PKCS#12 sees it: UTF-16 big-endian with a NUL at the end (RFC 7292 appendix B.1). */
export function pkcs12Password(password: string): Uint8Array {
  return write.utf16BeBytes(`${password}\0`);
}

/** `bytes`, repeated to the next multiple of `block`. */
function repeatedToBlocks(bytes: Uint8Array, block: number): Uint8Array {
  const result = new Uint8Array(Math.ceil(bytes.length / block) * block);
  for (let at = 0; at < result.length; at++) result[at] = bytes[at % bytes.length] ?? 0;
  return result;
}

/** RFC 7292 appendix B.2. `password` is already in its PKCS#12 form. */
export function derivePkcs12Bytes(request: {
  readonly algorithm: DigestAlgorithm;
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly purpose: number;
  readonly length: number;
}): Uint8Array {
  const { algorithm, password, salt, iterations, purpose, length } = request;
  const block = BLOCK_BYTES[algorithm];
  const diversifier = new Uint8Array(block).fill(purpose);
  const input = concatBytes([repeatedToBlocks(salt, block), repeatedToBlocks(password, block)]);
  const result = new Uint8Array(
    Math.ceil(length / DIGEST_ALGORITHMS[algorithm].size) * DIGEST_ALGORITHMS[algorithm].size,
  );
  for (let filled = 0; filled < length; ) {
    let hash = createHash(algorithm).update(diversifier).update(input).digest();
    for (let round = 1; round < iterations; round++) hash = createHash(algorithm).update(hash).digest();
    result.set(hash, filled);
    filled += hash.length;
    addToEachBlock(input, repeatedToBlocks(hash, block).subarray(0, block));
  }
  return result.subarray(0, length);
}

/** Adds `addend` + 1 to every block of `input`, each a big-endian number, without carrying between blocks (step 6C). */
function addToEachBlock(input: Uint8Array, addend: Uint8Array): void {
  const block = addend.length;
  for (let start = 0; start < input.length; start += block) {
    let carry = 1;
    for (let index = block - 1; index >= 0; index--) {
      const sum = (input[start + index] ?? 0) + (addend[index] ?? 0) + carry;
      input[start + index] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
