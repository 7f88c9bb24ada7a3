// What a hostile sample is: bytes made to break a reader, and how the reader must refuse them.

export interface HostileSample {
  /** What it tries, in a line. */
  readonly tries: string;
  /** Made when its turn comes. */
  readonly input: () => Uint8Array | Promise<Uint8Array>;
  readonly read: (input: Uint8Array) => unknown;
  /** Format and code of the ParseError. */
  readonly refusal: `${string}/${string}`;
  /** Offset that the error names, where there is one place to blame. */
  readonly at?: number;
}

/** Bytes of hexadecimal text; spaces are for the reader. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

/** A changed copy. */
export function changed(bytes: Uint8Array, change: (view: DataView, copy: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  change(new DataView(copy.buffer), copy);
  return copy;
}
