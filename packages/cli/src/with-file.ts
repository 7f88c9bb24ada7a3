// A file as a source of bytes, open as long as it is needed.
import { open } from 'node:fs/promises';
import { type ByteSource, fileSource } from '@assay/authenticode';

/** Runs `use` with the file open. Throws what opening it throws. */
export async function withFile<Result>(path: string, use: (source: ByteSource) => Promise<Result>): Promise<Result> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return await use(fileSource(handle, size));
  } finally {
    await handle.close();
  }
}
