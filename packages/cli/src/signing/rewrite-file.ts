// Rewrites a file by stream: the new one takes the name only when it is whole, and keeps the old one's permissions.
import { open, realpath } from 'node:fs/promises';
import { type ByteSource, fileSource, type Rewrite, rewriteSize, rewriteStream } from '@assay/authenticode';
import { writeAtomically } from '../atomic-file.ts';
import type { Progress } from '../progress.ts';

export interface RewriteTarget {
  readonly path: string;
  /** Where the result goes; the file itself when absent. */
  readonly out?: string | undefined;
  /** Whether another file may be replaced. The file itself always is. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

/** Puts what `change` makes of the file in its place. Nothing is touched when it throws. */
export async function rewriteFile<Result extends { readonly rewrite: Rewrite }>(
  target: RewriteTarget,
  change: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const handle = await open(target.path, 'r');
  try {
    const { size, mode } = await handle.stat();
    const source = fileSource(handle, size);
    const result = await change(source);
    const out = target.out ?? (await realpath(target.path));
    await writeAtomically(out, target.force || target.out === undefined, async (into) => {
      const total = rewriteSize(result.rewrite);
      let written = 0;
      for await (const chunk of rewriteStream(source, result.rewrite)) {
        target.signal?.throwIfAborted();
        await into.writeFile(chunk);
        written += chunk.length;
        target.progress?.count(`writing ${out}`, written, total);
      }
      await into.chmod(mode & 0o7777);
    });
    return result;
  } finally {
    await handle.close();
  }
}
