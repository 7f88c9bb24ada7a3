// Damages bytes in ways that break parsers: the same ways in every run.

/** `count` damaged copies: a byte changed, a stretch cut out, the end cut off, a length octet blown up. */
export function* damagedCopies(bytes: Uint8Array, count: number, seed = 1): Generator<Uint8Array> {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let index = 0; index < count; index++) {
    const copy = Uint8Array.from(bytes);
    const at = random(bytes.length);
    const kind = index % 4;
    if (kind === 0) {
      copy[at] = random(256);
      yield copy;
    } else if (kind === 1) {
      copy.set([0x84, 0xff, 0xff, 0xff, 0xff].slice(0, bytes.length - at), at);
      yield copy;
    } else if (kind === 2) {
      yield copy.subarray(0, at);
    } else {
      copy.copyWithin(at, at + 1 + random(16));
      yield copy;
    }
  }
}
