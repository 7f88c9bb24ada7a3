// A compressor for LZX, for tests: enough of one that every kind of block, code and match occurs. How well it compresses
// does not matter. What it makes is judged by cabextract (lzx.test.ts), so that it cannot share a mistake with the decoder.

export const FRAME = 32_768;
const SLOTS: Readonly<Record<number, number>> = { 15: 30, 16: 32, 17: 34, 18: 36, 19: 38, 20: 42, 21: 50 };

export type LzxBlockKind = 'verbatim' | 'aligned' | 'uncompressed';
const BLOCK_TYPES: Readonly<Record<LzxBlockKind, number>> = { verbatim: 1, aligned: 2, uncompressed: 3 };

export interface LzxOptions {
  /** 15 to 21. */
  readonly windowBits: number;
  /** Kind and size of each block, in order; the last one goes to the end of the data. */
  readonly blocks: readonly { readonly kind: LzxBlockKind; readonly size: number }[];
  /** Turns E8 call translation on, with this as the size of the file. */
  readonly translationSize?: number;
  /** Gives symbols codes of up to 16 bits, however often they occur. */
  readonly longCodes?: boolean;
}

/** The data of one CFDATA. */
export interface LzxFrame {
  readonly data: Uint8Array;
  readonly uncompressedSize: number;
}

type Token = number | { readonly slotAndFooter: readonly [slot: number, footer: number]; readonly length: number };

/** Writes bits into little-endian words, highest bit first, and whole bytes. */
export class BitWriter {
  #bytes: number[] = [];
  #word = 0;
  #held = 0;

  put(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit -= 1) {
      this.#word = (this.#word << 1) | (Math.floor(value / 2 ** bit) & 1);
      this.#held += 1;
      if (this.#held < 16) continue;
      this.#bytes.push(this.#word & 0xff, this.#word >> 8);
      this.#word = 0;
      this.#held = 0;
    }
    return this;
  }

  /** Fills the word that was begun. */
  align(): this {
    return this.put(0, (16 - this.#held) % 16);
  }

  byte(value: number): this {
    this.#bytes.push(value);
    return this;
  }

  u32(value: number): this {
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 0xff);
    return this;
  }

  /** All bytes so far; begins anew. */
  take(): Uint8Array {
    const result = new Uint8Array(this.align().#bytes);
    this.#bytes = [];
    return result;
  }
}

/** Code lengths of at most `limit` bits by the method of Huffman; a complete code whenever a symbol is used. */
export function codeLengths(frequencies: readonly number[], limit: number): number[] {
  const weights = [...frequencies];
  for (let spare = 0; weights.filter((weight) => weight > 0).length === 1; spare += 1) weights[spare] ||= 1;
  for (;;) {
    const lengths = weights.map(() => 0);
    let trees = weights.flatMap((weight, symbol) => (weight > 0 ? [{ weight, symbols: [symbol] }] : []));
    while (trees.length > 1) {
      trees.sort((a, b) => a.weight - b.weight);
      const [first, second, ...rest] = trees;
      if (first === undefined || second === undefined) break;
      const symbols = [...first.symbols, ...second.symbols];
      for (const symbol of symbols) lengths[symbol] = (lengths[symbol] ?? 0) + 1;
      trees = [...rest, { weight: first.weight + second.weight, symbols }];
    }
    if (Math.max(0, ...lengths) <= limit) return lengths;
    for (const [symbol, weight] of weights.entries()) weights[symbol] = Math.ceil(weight / 2);
  }
}

/** The canonical codes of these lengths: [code, length] by symbol. */
export function codesOf(lengths: readonly number[]): [code: number, length: number][] {
  const codes = lengths.map((length): [number, number] => [0, length]);
  let code = 0;
  for (let length = 1; length <= 16; length += 1) {
    for (const entry of codes) {
      if (entry[1] === length) entry[0] = code++;
    }
    code *= 2;
  }
  return codes;
}

/** Writes lengths[start..end) as differences from `before`, with runs where there are some. */
export function putLengths(
  out: BitWriter,
  lengths: readonly number[],
  before: readonly number[],
  start: number,
  end: number,
): void {
  const difference = (index: number): number => ((before[index] ?? 0) - (lengths[index] ?? 0) + 17) % 17;
  const steps: { symbol: number; extra?: [value: number, bits: number]; repeated?: number }[] = [];
  for (let index = start; index < end; ) {
    let run = 1;
    while (index + run < end && lengths[index + run] === lengths[index]) run += 1;
    if (lengths[index] === 0 && run >= 20) {
      run = Math.min(run, 51);
      steps.push({ symbol: 18, extra: [run - 20, 5] });
    } else if (lengths[index] === 0 && run >= 4) {
      run = Math.min(run, 19);
      steps.push({ symbol: 17, extra: [run - 4, 4] });
    } else if (run >= 4) {
      run = Math.min(run, 5);
      steps.push({ symbol: 19, extra: [run - 4, 1], repeated: difference(index) });
    } else {
      run = 1;
      steps.push({ symbol: difference(index) });
    }
    index += run;
  }
  const frequencies = new Array<number>(20).fill(0);
  for (const { symbol, repeated } of steps) {
    for (const used of repeated === undefined ? [symbol] : [symbol, repeated])
      frequencies[used] = (frequencies[used] ?? 0) + 1;
  }
  const codes = codesOf(codeLengths(frequencies, 15));
  for (const [, length] of codes) out.put(length, 4);
  for (const { symbol, extra, repeated } of steps) {
    out.put(...(codes[symbol] ?? [0, 0]));
    if (extra !== undefined) out.put(...extra);
    if (repeated !== undefined) out.put(...(codes[repeated] ?? [0, 0]));
  }
}

const FOOTER_BITS = Array.from({ length: 50 }, (_, slot) => (slot < 4 ? 0 : Math.min((slot >> 1) - 1, 17)));
const BASES = [0];
for (const [slot, bits] of FOOTER_BITS.entries()) BASES.push((BASES[slot] ?? 0) + 2 ** bits);

/** Makes relative call targets absolute, frame by frame. */
function translateCalls(data: Uint8Array, size: number): Uint8Array {
  const result = data.slice();
  const view = new DataView(result.buffer);
  for (let start = 0; start < data.length; start += FRAME) {
    const end = Math.min(start + FRAME, data.length) - 10;
    for (let index = start; index < end; index += 1) {
      if (result[index] !== 0xe8) continue;
      const relative = view.getInt32(index + 1, true);
      if (relative >= -index && relative < size - index) view.setInt32(index + 1, relative + index, true);
      else if (relative >= size - index && relative < size) view.setInt32(index + 1, relative - size, true);
      index += 4;
    }
  }
  return result;
}

/** What the encoder did, so that a test can tell that it tried what it means to try. */
export interface LzxStatistics {
  readonly slots: Set<number>;
  longestCode: number;
  longestMatch: number;
}

/** Compresses `data` as one folder. */
export function encodeLzx(
  data: Uint8Array,
  options: LzxOptions,
  statistics: LzxStatistics = { slots: new Set(), longestCode: 0, longestMatch: 0 },
): LzxFrame[] {
  const { windowBits, translationSize } = options;
  const input = translationSize === undefined ? data : translateCalls(data, translationSize);
  const mainCount = 256 + 8 * (SLOTS[windowBits] ?? 0);
  const out = new BitWriter();
  const frames: LzxFrame[] = [];
  const recent = [1, 1, 1];
  const positions = new Map<number, number>();
  let mainBefore = new Array<number>(mainCount).fill(0);
  let lengthBefore = new Array<number>(249).fill(0);
  let written = 0;

  const wrote = (count: number): void => {
    written += count;
    if (written % FRAME !== 0 && written !== input.length) return;
    frames.push({ data: out.take(), uncompressedSize: ((written - 1) % FRAME) + 1 });
  };
  const matchLength = (at: number, distance: number, end: number): number => {
    let length = 0;
    while (
      distance <= at &&
      length < 257 &&
      at + length < end &&
      input[at + length] === input[at + length - distance]
    ) {
      length += 1;
    }
    return length;
  };

  function* tokenize(start: number, end: number): Generator<Token> {
    for (let at = start; at < end; ) {
      const stop = Math.min(end, at - (at % FRAME) + FRAME);
      const key = ((input[at] ?? 0) << 16) | ((input[at + 1] ?? 0) << 8) | (input[at + 2] ?? 0);
      const repeated = recent.map((distance) => matchLength(at, distance, stop));
      const distance = at - (positions.get(key) ?? at);
      const fresh = distance > 0 && distance <= 2 ** windowBits - 3 ? matchLength(at, distance, stop) : 0;
      const best = Math.max(...repeated);
      positions.set(key, at);
      let length = 1;
      if (best >= 2 && best >= fresh) {
        const slot = repeated.indexOf(best);
        const first = recent[0] ?? 1;
        recent[0] = recent[slot] ?? 1;
        recent[slot] = slot === 0 ? recent[0] : first;
        length = best;
        yield { slotAndFooter: [slot, 0], length };
      } else if (fresh >= 3) {
        recent.pop();
        recent.unshift(distance);
        let slot = 3;
        while ((BASES[slot + 1] ?? Number.POSITIVE_INFINITY) <= distance + 2) slot += 1;
        length = fresh;
        yield { slotAndFooter: [slot, distance + 2 - (BASES[slot] ?? 0)], length };
      } else {
        yield input[at] ?? 0;
      }
      at += length;
    }
  }

  function putUncompressed(start: number, end: number): void {
    out.put(0, 1).align();
    for (const distance of recent) out.u32(distance);
    for (let at = start; at < end; at += 1) {
      out.byte(input[at] ?? 0);
      if (at === end - 1 && (end - start) % 2 === 1) out.byte(0);
      wrote(1);
    }
  }

  function putCompressed(aligned: boolean, start: number, end: number): void {
    const tokens = [...tokenize(start, end)];
    const mainFrequencies = new Array<number>(mainCount).fill(0);
    const lengthFrequencies = new Array<number>(249).fill(0);
    const alignedFrequencies = new Array<number>(8).fill(0);
    const count = (frequencies: number[], symbol: number): void => {
      frequencies[symbol] = (frequencies[symbol] ?? 0) + 1;
    };
    const symbolOf = (token: Token): number =>
      typeof token === 'number' ? token : 256 + token.slotAndFooter[0] * 8 + Math.min(7, token.length - 2);
    for (const token of tokens) {
      count(mainFrequencies, symbolOf(token));
      if (typeof token === 'number') continue;
      const [slot, footer] = token.slotAndFooter;
      if (token.length >= 9) count(lengthFrequencies, token.length - 9);
      if ((FOOTER_BITS[slot] ?? 0) >= 3) count(alignedFrequencies, footer % 8);
      statistics.slots.add(slot);
      statistics.longestMatch = Math.max(statistics.longestMatch, token.length);
    }
    if (options.longCodes) {
      for (const frequencies of [mainFrequencies, lengthFrequencies]) {
        const used = [...frequencies.keys()].filter((symbol) => (frequencies[symbol] ?? 0) > 0);
        // All alike but the last, which weigh twice as much each: they push the codes of the others to the limit.
        const alike = Math.max(1, used.length - 16);
        for (const [rank, symbol] of used.entries()) {
          frequencies[symbol] = rank < alike ? 1 : alike * 2 ** (rank - alike);
        }
      }
    }
    if (aligned) {
      const used = alignedFrequencies.some((frequency) => frequency > 0);
      const lengths = codeLengths(used ? alignedFrequencies : alignedFrequencies.fill(1), 7);
      for (const length of lengths) out.put(length, 3);
      alignedFrequencies.splice(0, 8, ...lengths);
    }
    const mainLengths = codeLengths(mainFrequencies, 16);
    const lengthLengths = codeLengths(lengthFrequencies, 16);
    statistics.longestCode = Math.max(statistics.longestCode, ...mainLengths);
    putLengths(out, mainLengths, mainBefore, 0, 256);
    putLengths(out, mainLengths, mainBefore, 256, mainCount);
    putLengths(out, lengthLengths, lengthBefore, 0, 249);
    mainBefore = mainLengths;
    lengthBefore = lengthLengths;

    const mainCodes = codesOf(mainLengths);
    const lengthCodes = codesOf(lengthLengths);
    const alignedCodes = codesOf(aligned ? alignedFrequencies : []);
    for (const token of tokens) {
      out.put(...(mainCodes[symbolOf(token)] ?? [0, 0]));
      if (typeof token === 'number') {
        wrote(1);
        continue;
      }
      const [slot, footer] = token.slotAndFooter;
      if (token.length >= 9) out.put(...(lengthCodes[token.length - 9] ?? [0, 0]));
      const bits = FOOTER_BITS[slot] ?? 0;
      if (aligned && bits >= 3) {
        out.put(Math.floor(footer / 8), bits - 3);
        out.put(...(alignedCodes[footer % 8] ?? [0, 0]));
      } else {
        out.put(footer, bits);
      }
      wrote(token.length);
    }
  }

  if (translationSize === undefined) out.put(0, 1);
  else out.put(1, 1).put(translationSize, 32);
  for (let start = 0, index = 0; start < input.length; index += 1) {
    const last = options.blocks.length - 1;
    const { kind, size } = options.blocks[Math.min(index, last)] ?? { kind: 'verbatim', size: 0 };
    const end = index >= last ? Math.min(input.length, start + 0xffffff) : Math.min(input.length, start + size);
    out.put(BLOCK_TYPES[kind], 3).put(end - start, 24);
    if (kind === 'uncompressed') putUncompressed(start, end);
    else putCompressed(kind === 'aligned', start, end);
    start = end;
  }
  return frames;
}
