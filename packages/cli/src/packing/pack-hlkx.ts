// Puts driver folders into an HLK package that a kit wrote, and signs it. Everything else in the package keeps its bytes.
import { open, readFile } from 'node:fs/promises';
import { bytesSource, fileSource, rewriteBytes, rewriteStream, type SigningKey, signFile } from '@assay/authenticode';
import { addHlkxDrivers, type HlkxDriverInput } from '@assay/driver-package';
import { writeAtomically } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { collectFiles } from './collect-files.ts';
import type { PackRequest, PackResult } from './pack-cabinet.ts';

/** Most bytes of drivers: they are held in memory while the package is written. */
const MAXIMUM_DRIVER_BYTES = 512 * 1024 * 1024;

/** Throws CommandError when the folders are no drivers or too large, ParseError when `base` is no HLK package. */
export async function packHlkx(
  base: string,
  {
    directories,
    out,
    force,
    key,
    signal,
  }: Omit<PackRequest, 'compression' | 'modified'> & { key?: SigningKey | undefined },
): Promise<PackResult> {
  const files = await collectFiles(directories);
  const content = files.reduce((sum, { size }) => sum + size, 0);
  if (content > MAXIMUM_DRIVER_BYTES) {
    throw new CommandError(
      EXIT.validationFailed,
      `The drivers have ${content} bytes; ${MAXIMUM_DRIVER_BYTES} are possible.`,
    );
  }
  const drivers: HlkxDriverInput[] = [];
  for (const { name, path } of files) drivers.push({ path: name, contents: await readFile(path) });
  signal?.throwIfAborted();
  const handle = await open(base, 'r');
  try {
    const source = fileSource(handle, (await handle.stat()).size);
    const added = bytesSource(await rewriteBytes(source, await addHlkxDrivers(source, drivers)));
    const signed = key === undefined ? undefined : await signFile(added, { key });
    const size = await writeAtomically(out, force, async (into) => {
      const chunks = signed === undefined ? [await added.read(0, added.size)] : rewriteStream(added, signed);
      let written = 0;
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        await into.writeFile(chunk);
        written += chunk.length;
      }
      return written;
    });
    return { files: files.length, content, size };
  } finally {
    await handle.close();
  }
}
