// The headers of a PE image as plain values.
import { type ByteSource, streamSource } from '../byte-source.ts';
import { PeChecksum } from '../pe/checksum.ts';
import { machineName, type PeImage, readPeImage } from '../pe/index.ts';
import type { ImageDescription, SignatureDescription } from './description.ts';

/** Windows subsystems ("PE Format", section Windows Subsystem). */
const SUBSYSTEMS: ReadonlyMap<number, string> = new Map([
  [0, 'unknown'],
  [1, 'native, as kernel drivers are'],
  [2, 'Windows, graphical'],
  [3, 'Windows, console'],
  [5, 'OS/2, console'],
  [7, 'POSIX, console'],
  [8, 'native Windows 9x driver'],
  [9, 'Windows CE'],
  [10, 'EFI application'],
  [11, 'EFI boot service driver'],
  [12, 'EFI run-time driver'],
  [13, 'EFI ROM image'],
  [14, 'Xbox'],
  [16, 'Windows boot application'],
]);

/** Magic number of the optional header with 64-bit addresses. */
const PE32_PLUS = 0x20b;
const CHECKSUM_BYTES = 4;

/** What the checksum in the header should be. */
async function computeChecksum(source: ByteSource, { checksumOffset }: PeImage): Promise<number> {
  const sum = new PeChecksum();
  for (const [start, end] of [
    [0, checksumOffset],
    [checksumOffset + CHECKSUM_BYTES, source.size],
  ] as const) {
    let offset = start;
    for await (const chunk of streamSource(source, start, end)) {
      sum.add(chunk, offset);
      offset += chunk.length;
    }
  }
  return sum.value(source.size);
}

/** Throws ParseError. */
export async function describeImage(
  source: ByteSource,
  signatures: readonly SignatureDescription[],
): Promise<ImageDescription> {
  const image = await readPeImage(source);
  const all = [...signatures, ...signatures.flatMap(({ nested }) => nested)];
  const { certificateTable, checksum, magic, sectionAlignment, sizeOfHeaders, subsystem } = image;
  return {
    machine: machineName(image.machine),
    magic: magic === PE32_PLUS ? 'PE32+' : 'PE32',
    subsystem,
    subsystemName: SUBSYSTEMS.get(subsystem) ?? 'unknown',
    checksum: { stored: checksum, computed: await computeChecksum(source, image) },
    sizeOfHeaders,
    sectionAlignment,
    sections: image.sections.map(({ name, virtualAddress, virtualSize, raw }) => ({
      name,
      virtualAddress,
      virtualSize,
      offset: raw.offset,
      size: raw.size,
    })),
    ...(certificateTable === undefined
      ? {}
      : { certificateTable: { offset: certificateTable.offset, size: certificateTable.size } }),
    hasPageHashes: all.some(({ pageHashes }) => pageHashes !== undefined),
  };
}
