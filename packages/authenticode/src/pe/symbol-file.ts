// The name of an image's symbol file, from the CodeView record of its debug directory ("PE Format", section The .debug Section).
import type { ByteSource } from '../byte-source.ts';
import { viewOf } from '../bytes.ts';
import type { PeImage } from './image.ts';

const ENTRY_BYTES = 28;
/** IMAGE_DEBUG_TYPE_CODEVIEW. */
const CODEVIEW = 2;
const MAXIMUM_ENTRIES = 32;
/** 'RSDS', as an unsigned number. */
const RSDS = 0x53445352;
/** Signature, GUID and age, which stand before the name. */
const NAME_OFFSET = 24;
const MAXIMUM_NAME_BYTES = 1024;

/** Where bytes at an address in memory lie in the file; undefined when no section has them. */
function toFileOffset({ sections }: PeImage, virtualAddress: number, size: number): number | undefined {
  const section = sections.find(({ virtualAddress: start, raw }) => {
    return virtualAddress >= start && virtualAddress + size <= start + raw.size;
  });
  return section && section.raw.offset + virtualAddress - section.virtualAddress;
}

/**
 * The path or name of the .pdb file as the linker wrote it; undefined when the image names none, or in a form that cannot be
 * read. Never throws for a malformed directory: nothing relies on it.
 */
export async function readSymbolFileName(source: ByteSource, image: PeImage): Promise<string | undefined> {
  const { debugDirectory } = image;
  if (debugDirectory === undefined) return undefined;
  const size = Math.min(debugDirectory.size, MAXIMUM_ENTRIES * ENTRY_BYTES);
  const offset = toFileOffset(image, debugDirectory.virtualAddress, size);
  if (offset === undefined || offset + size > source.size) return undefined;
  const entries = viewOf(await source.read(offset, size));
  for (let at = 0; at + ENTRY_BYTES <= size; at += ENTRY_BYTES) {
    if (entries.getUint32(at + 12, true) !== CODEVIEW) continue;
    const start = entries.getUint32(at + 24, true);
    const length = Math.min(entries.getUint32(at + 16, true), NAME_OFFSET + MAXIMUM_NAME_BYTES);
    if (length <= NAME_OFFSET || start + length > source.size) continue;
    const record = await source.read(start, length);
    if (viewOf(record).getUint32(0, true) !== RSDS) continue;
    const name = record.subarray(NAME_OFFSET);
    const end = name.indexOf(0);
    if (end > 0) return new TextDecoder().decode(name.subarray(0, end));
  }
  return undefined;
}
