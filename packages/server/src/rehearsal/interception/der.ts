// Writes the DER (X.690) of a certificate for TLS: as much as `run-authority.ts` needs. @assay/authenticode makes certificates
// for signatures, which have neither host names nor constraints on them.

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = Buffer.concat(parts);
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), value]);
  const octets = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  if (length > 0xffff) throw new RangeError('an element of more than 65535 bytes');
  return Buffer.concat([Uint8Array.of(tag, 0x80 | octets.length, ...octets), value]);
}

function oidOctets(dotted: string): Uint8Array {
  const [top = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets: number[] = [];
  for (const arc of [top * 40 + second, ...rest]) {
    const group = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) group.unshift((left & 0x7f) | 0x80);
    octets.push(...group);
  }
  return Uint8Array.from(octets);
}

export const der = {
  sequence: (...parts: readonly Uint8Array[]) => element(0x30, ...parts),
  set: (...parts: readonly Uint8Array[]) => element(0x31, ...parts),
  boolean: (value: boolean) => element(0x01, Uint8Array.of(value ? 0xff : 0)),
  /** From the bytes of an unsigned number; the first must not be zero unless it is the only one. */
  integer: (bytes: Uint8Array) =>
    element(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Uint8Array.of(0), bytes])),
  null: () => element(0x05),
  oid: (dotted: string) => element(0x06, oidOctets(dotted)),
  octetString: (value: Uint8Array) => element(0x04, value),
  bitString: (value: Uint8Array, unusedBits = 0) => element(0x03, Uint8Array.of(unusedBits), value),
  utf8String: (text: string) => element(0x0c, Buffer.from(text, 'utf8')),
  /** The years 1950 to 2049, which is what certificates write this way (RFC 5280 §4.1.2.5.1). */
  utcTime: (time: Date) =>
    element(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`, 'latin1')),
  /** [number] around whole elements. */
  constructed: (number: number, ...parts: readonly Uint8Array[]) => element(0xa0 | number, ...parts),
  /** [number] IMPLICIT over content octets. */
  primitive: (number: number, value: Uint8Array) => element(0x80 | number, value),
};
