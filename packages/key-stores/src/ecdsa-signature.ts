// ECDSA signatures as hardware and key vaults give them, r and s side by side, in the DER that certificates and CMS use.
import { Buffer } from 'node:buffer';

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** INTEGER of an unsigned number. */
function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((octet) => octet !== 0);
  const significant = first === -1 ? Uint8Array.of(0) : bytes.subarray(first);
  const value = (significant[0] ?? 0) < 0x80 ? significant : joinBytes([Uint8Array.of(0), significant]);
  return joinBytes([Uint8Array.of(0x02, value.length), value]);
}

/** Ecdsa-Sig-Value (RFC 3279 §2.2.3) of r || s; undefined when the length cannot be that of a signature. */
export function ecdsaSignatureToDer(raw: Uint8Array): Uint8Array | undefined {
  if (raw.length === 0 || raw.length % 2 !== 0 || raw.length > 132) return undefined;
  const body = joinBytes([integer(raw.subarray(0, raw.length / 2)), integer(raw.subarray(raw.length / 2))]);
  const length = body.length < 0x80 ? Uint8Array.of(body.length) : Uint8Array.of(0x81, body.length);
  return joinBytes([Uint8Array.of(0x30), length, body]);
}
