// The ways in which this field writes one processor architecture: in INFs, in operating system codes, in PE files.
import type { Architecture } from './inf/index.ts';

/** Names by the INF's name, and IMAGE_FILE_MACHINE values of the COFF file header ("PE Format", Machine Types). */
const ARCHITECTURES: readonly {
  readonly name: Architecture;
  readonly otherNames: readonly string[];
  readonly machine: number;
}[] = [
  { name: 'x86', otherNames: ['i386'], machine: 0x014c },
  { name: 'amd64', otherNames: ['x64', 'x86_64', 'x86-64'], machine: 0x8664 },
  { name: 'arm', otherNames: ['armnt', 'arm32'], machine: 0x01c4 },
  { name: 'arm64', otherNames: ['aarch64'], machine: 0xaa64 },
  { name: 'ia64', otherNames: [], machine: 0x0200 },
];

/** The INF's name for an architecture that is written in any of these ways; undefined when no INF can name it. */
export function infArchitecture(nameOrMachine: string | number): Architecture | undefined {
  const name = typeof nameOrMachine === 'string' ? nameOrMachine.toLowerCase() : undefined;
  return ARCHITECTURES.find((architecture) =>
    name === undefined
      ? architecture.machine === nameOrMachine
      : architecture.name === name || architecture.otherNames.includes(name),
  )?.name;
}
