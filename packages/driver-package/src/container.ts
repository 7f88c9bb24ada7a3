// Which container a submission is, told by its first bytes: a cabinet ([MS-CAB] 2.1) or a ZIP (APPNOTE 4.3.7), which is
// what HLKX and HCKX packages are.

/** Signatures at offset 0. The second ZIP one is that of an archive without files. */
const CONTAINERS = [
  { kind: 'cab', bytes: [0x4d, 0x53, 0x43, 0x46] },
  { kind: 'zip', bytes: [0x50, 0x4b, 0x03, 0x04] },
  { kind: 'zip', bytes: [0x50, 0x4b, 0x05, 0x06] },
] as const;

/** The container that begins with these bytes (at least 4 of them, or the whole file). */
export function identifyContainer(head: Uint8Array): 'cab' | 'zip' | 'unknown' {
  return CONTAINERS.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte))?.kind ?? 'unknown';
}
