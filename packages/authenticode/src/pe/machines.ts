// Machine types of PE images ("PE Format", section Machine Types): those that Windows drivers are built for.

export const PE_MACHINES: ReadonlyMap<number, string> = new Map([
  [0x014c, 'x86'],
  [0x0200, 'ia64'],
  [0x01c0, 'arm'],
  [0x01c4, 'arm'],
  [0x0ebc, 'ebc'],
  [0x8664, 'amd64'],
  [0xaa64, 'arm64'],
]);

/** Name of a machine type as INF decorations spell it, or its number in hexadecimal. */
export function machineName(machine: number): string {
  return PE_MACHINES.get(machine) ?? `0x${machine.toString(16).padStart(4, '0')}`;
}
