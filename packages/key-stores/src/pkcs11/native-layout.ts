// How the structures of PKCS#11 lie in memory: as the C compiler of the platform lays them out, but packed to single bytes
// on Windows (OASIS PKCS #11 v3.1 §2.1). They are written and read byte by byte here, so that both can be tested anywhere.

export interface NativeLayout {
  /** Size of CK_ULONG: the C type unsigned long, 4 bytes on Windows, 8 on other 64-bit systems. */
  readonly ulongBytes: 4 | 8;
  readonly pointerBytes: 4 | 8;
  /** Whether members follow each other without gaps. */
  readonly packed: boolean;
  readonly littleEndian: boolean;
}

/** A member of a structure: a number, a pointer, or this many single bytes. */
type Member = 'ulong' | 'pointer' | number;

/** Offset of each member, and the size of the whole. */
export function layOut(layout: NativeLayout, members: readonly Member[]): { offsets: number[]; size: number } {
  const offsets: number[] = [];
  let end = 0;
  let largest = 1;
  for (const member of members) {
    const size = typeof member === 'number' ? member : member === 'ulong' ? layout.ulongBytes : layout.pointerBytes;
    const alignment = typeof member === 'number' || layout.packed ? 1 : size;
    largest = Math.max(largest, alignment);
    end = Math.ceil(end / alignment) * alignment;
    offsets.push(end);
    end += size;
  }
  return { offsets, size: Math.ceil(end / largest) * largest };
}

/** Memory that native code reads and writes, seen through a layout. */
export class NativeMemory {
  readonly bytes: Uint8Array;
  readonly layout: NativeLayout;
  readonly #view: DataView;

  constructor(layout: NativeLayout, content: number | Uint8Array) {
    // Memory of its own, outside of the heap of the engine: it stays where it is while native code works.
    this.bytes = typeof content === 'number' ? new Uint8Array(new ArrayBuffer(content)) : content;
    this.layout = layout;
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }

  #readNumber(offset: number, size: 4 | 8): bigint {
    const { littleEndian } = this.layout;
    return size === 8
      ? this.#view.getBigUint64(offset, littleEndian)
      : BigInt(this.#view.getUint32(offset, littleEndian));
  }

  #writeNumber(offset: number, size: 4 | 8, value: bigint): void {
    const { littleEndian } = this.layout;
    if (size === 8) this.#view.setBigUint64(offset, value, littleEndian);
    else this.#view.setUint32(offset, Number(value), littleEndian);
  }

  readUlong(offset: number): bigint {
    return this.#readNumber(offset, this.layout.ulongBytes);
  }

  writeUlong(offset: number, value: bigint | number): void {
    this.#writeNumber(offset, this.layout.ulongBytes, BigInt(value));
  }

  readPointer(offset: number): bigint {
    return this.#readNumber(offset, this.layout.pointerBytes);
  }

  writePointer(offset: number, address: bigint): void {
    this.#writeNumber(offset, this.layout.pointerBytes, address);
  }

  /** Text that is padded with blanks, as the standard has it, or with NULs, as some modules do. */
  readText(offset: number, length: number): string {
    const text = new TextDecoder().decode(this.bytes.subarray(offset, offset + length));
    return text.replace(/[\0 ]+$/, '');
  }
}

/** Functions of CK_FUNCTION_LIST that are used, with their place in it (its order is fixed since version 2.0). */
export const FUNCTIONS = {
  C_Initialize: { place: 0, parameters: ['pointer'] },
  C_Finalize: { place: 1, parameters: ['pointer'] },
  C_GetSlotList: { place: 4, parameters: ['bool', 'pointer', 'pointer'] },
  C_GetTokenInfo: { place: 6, parameters: ['ulong', 'pointer'] },
  C_GetMechanismInfo: { place: 8, parameters: ['ulong', 'ulong', 'pointer'] },
  C_OpenSession: { place: 12, parameters: ['ulong', 'ulong', 'pointer', 'pointer', 'pointer'] },
  C_CloseSession: { place: 13, parameters: ['ulong'] },
  C_Login: { place: 18, parameters: ['ulong', 'ulong', 'pointer', 'ulong'] },
  C_Logout: { place: 19, parameters: ['ulong'] },
  C_GetAttributeValue: { place: 24, parameters: ['ulong', 'ulong', 'pointer', 'ulong'] },
  C_FindObjectsInit: { place: 26, parameters: ['ulong', 'pointer', 'ulong'] },
  C_FindObjects: { place: 27, parameters: ['ulong', 'pointer', 'ulong', 'pointer'] },
  C_FindObjectsFinal: { place: 28, parameters: ['ulong'] },
  C_SignInit: { place: 42, parameters: ['ulong', 'pointer', 'ulong'] },
  C_Sign: { place: 43, parameters: ['ulong', 'pointer', 'ulong', 'pointer', 'pointer'] },
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

/** Offset of each function's address in CK_FUNCTION_LIST { CK_VERSION version; pointers… }, and how much of it is read. */
export function functionListLayout(layout: NativeLayout): { offsetOf(name: FunctionName): number; size: number } {
  const last = Math.max(...Object.values(FUNCTIONS).map(({ place }) => place));
  const { offsets, size } = layOut(layout, [2, ...new Array<Member>(last + 1).fill('pointer')]);
  return { offsetOf: (name) => offsets[FUNCTIONS[name].place + 1] ?? 0, size };
}

/** CK_TOKEN_INFO: what a token says of itself. */
export interface TokenInfo {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  /** TOKEN_FLAG bits. */
  readonly flags: number;
}

/** label, manufacturer, model, serial number, flags; ten more numbers, two versions and a time follow. */
const TOKEN_INFO: readonly Member[] = [32, 32, 16, 16, 'ulong', ...new Array<Member>(10).fill('ulong'), 2, 2, 16];

export function newTokenInfo(layout: NativeLayout): NativeMemory {
  return new NativeMemory(layout, layOut(layout, TOKEN_INFO).size);
}

export function readTokenInfo(memory: NativeMemory): TokenInfo {
  const [label = 0, manufacturer = 0, model = 0, serial = 0, flags = 0] = layOut(memory.layout, TOKEN_INFO).offsets;
  return {
    label: memory.readText(label, 32),
    manufacturer: memory.readText(manufacturer, 32),
    model: memory.readText(model, 16),
    serial: memory.readText(serial, 16),
    flags: Number(BigInt.asUintN(32, memory.readUlong(flags))),
  };
}

/** CK_C_INITIALIZE_ARGS with these flags: four functions for locking, which we do not bring, the flags, and a reserved pointer. */
export function initializeArguments(layout: NativeLayout, flags: number): NativeMemory {
  const { offsets, size } = layOut(layout, ['pointer', 'pointer', 'pointer', 'pointer', 'ulong', 'pointer']);
  const memory = new NativeMemory(layout, size);
  memory.writeUlong(offsets[4] ?? 0, flags);
  return memory;
}

/** CK_MECHANISM without parameter. */
export function mechanismWithoutParameter(layout: NativeLayout, mechanism: number): NativeMemory {
  const memory = new NativeMemory(layout, layOut(layout, ['ulong', 'pointer', 'ulong']).size);
  memory.writeUlong(0, mechanism);
  return memory;
}

/** The flags of a CK_MECHANISM_INFO { ulong smallest key; ulong largest key; flags }. */
export const MECHANISM_INFO = {
  create: (layout: NativeLayout) => new NativeMemory(layout, 3 * layout.ulongBytes),
  flags: (memory: NativeMemory) => Number(BigInt.asUintN(32, memory.readUlong(2 * memory.layout.ulongBytes))),
} as const;

const ATTRIBUTE_MEMBERS: readonly Member[] = ['ulong', 'pointer', 'ulong'];

export interface AttributeSlot {
  readonly type: number;
  /** Where the value is or shall be put; absent to ask for its length only. */
  readonly value?: Uint8Array;
}

/** An array of CK_ATTRIBUTE. `addressOf` tells where memory lies. */
export function attributeTemplate(
  layout: NativeLayout,
  slots: readonly AttributeSlot[],
  addressOf: (bytes: Uint8Array) => bigint,
): NativeMemory {
  const { offsets, size } = layOut(layout, ATTRIBUTE_MEMBERS);
  const [typeAt = 0, valueAt = 0, lengthAt = 0] = offsets;
  const memory = new NativeMemory(layout, Math.max(1, slots.length) * size);
  for (const [index, { type, value }] of slots.entries()) {
    const start = index * size;
    memory.writeUlong(start + typeAt, type);
    if (value === undefined || value.length === 0) continue;
    memory.writePointer(start + valueAt, addressOf(value));
    memory.writeUlong(start + lengthAt, value.length);
  }
  return memory;
}

/** The lengths that a module wrote into a template; undefined where it has no value to give (CK_UNAVAILABLE_INFORMATION). */
export function readAttributeLengths(template: NativeMemory, count: number): (number | undefined)[] {
  const { offsets, size } = layOut(template.layout, ATTRIBUTE_MEMBERS);
  const unavailable = (1n << BigInt(8 * template.layout.ulongBytes)) - 1n;
  return Array.from({ length: count }, (_, index) => {
    const length = template.readUlong(index * size + (offsets[2] ?? 0));
    return length === unavailable ? undefined : Number(length);
  });
}
