// RC2 decryption in CBC mode (RFC 2268), for PKCS#12 files of old tools only: OpenSSL 3 no longer offers it to Node.
import { ParseError } from '../errors.ts';

/** PITABLE of RFC 2268 §2: a permutation of 0 to 255 made from the digits of pi. */
const PI_TABLE = Uint8Array.from(
  (
    'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0b' +
    'f09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda4669075727f21d9bbc944303' +
    'f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc' +
    '2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c77' +
    '0aa62068fe7fc1ad'
  )
    .match(/../g)
    ?.map((pair) => Number.parseInt(pair, 16)) ?? [],
);

const BLOCK_BYTES = 8;
const KEY_WORDS = 64;
/** How far each of the four words is rotated in a mixing round (RFC 2268 §3.1). */
const ROTATIONS = [1, 2, 3, 5] as const;

/** RFC 2268 §2: 64 words of 16 bits from a key of 1 to 128 bytes with this many effective bits. */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  if (key.length < 1 || key.length > 128) throw new RangeError('an RC2 key has 1 to 128 bytes');
  const bytes = new Uint8Array(2 * KEY_WORDS);
  bytes.set(key);
  const pi = (index: number) => PI_TABLE[index & 0xff] ?? 0;
  const at = (index: number) => bytes[index] ?? 0;
  for (let index = key.length; index < 128; index++) bytes[index] = pi(at(index - 1) + at(index - key.length));
  const effectiveBytes = Math.ceil(effectiveBits / 8);
  const mask = 0xff >> (8 * effectiveBytes - effectiveBits);
  bytes[128 - effectiveBytes] = pi(at(128 - effectiveBytes) & mask);
  for (let index = 127 - effectiveBytes; index >= 0; index--)
    bytes[index] = pi(at(index + 1) ^ at(index + effectiveBytes));
  const words = new Uint16Array(KEY_WORDS);
  for (let index = 0; index < KEY_WORDS; index++) words[index] = at(2 * index) | (at(2 * index + 1) << 8);
  return words;
}

/** RFC 2268 §4: undoes the sixteen mixing rounds, and the mashing after the fifth and eleventh, in place. */
function decryptBlock(words: Uint16Array, keyWords: Uint16Array): void {
  const word = (index: number) => words[index & 3] ?? 0;
  for (let round = 15; round >= 0; round--) {
    for (let index = 3; index >= 0; index--) {
      const rotation = ROTATIONS[index] ?? 0;
      const rotated = (word(index) >>> rotation) | (word(index) << (16 - rotation));
      const mixed = (word(index - 1) & word(index - 2)) + (~word(index - 1) & word(index - 3));
      words[index] = rotated - (keyWords[4 * round + index] ?? 0) - mixed;
    }
    if (round === 5 || round === 11) {
      for (let index = 3; index >= 0; index--) words[index] = word(index) - (keyWords[word(index - 1) & 63] ?? 0);
    }
  }
}

/**
 * Decrypts RC2-CBC without removing padding. `data` must be whole blocks of 8 bytes, otherwise ParseError `bad-length`.
 */
export function decryptRc2Cbc(
  { key, effectiveBits, iv }: { key: Uint8Array; effectiveBits: number; iv: Uint8Array },
  data: Uint8Array,
): Uint8Array {
  if (data.length % BLOCK_BYTES !== 0) {
    throw new ParseError('pkcs12', 'bad-length', 'RC2 data is not a whole number of blocks');
  }
  const keyWords = expandKey(key, effectiveBits);
  const result = new Uint8Array(data.length);
  const words = new Uint16Array(4);
  let previous = iv;
  for (let at = 0; at < data.length; at += BLOCK_BYTES) {
    const block = data.subarray(at, at + BLOCK_BYTES);
    for (let index = 0; index < 4; index++) words[index] = (block[2 * index] ?? 0) | ((block[2 * index + 1] ?? 0) << 8);
    decryptBlock(words, keyWords);
    for (let index = 0; index < BLOCK_BYTES; index++) {
      const plain = ((words[index >> 1] ?? 0) >> (8 * (index & 1))) & 0xff;
      result[at + index] = plain ^ (previous[index] ?? 0);
    }
    previous = block;
  }
  return result;
}
