// Which of the signable formats a file has, judged by its first bytes.
import type { ByteSource } from './byte-source.ts';
import { cabinet } from './cab/index.ts';
import { catalog } from './catalog/index.ts';
import { hlkx } from './opc/index.ts';
import { pe } from './pe/index.ts';
import type { SignableFile } from './signable-file.ts';

/** Every format that can be signed. */
export const SIGNABLE_FILES: readonly SignableFile[] = [pe, cabinet, catalog, hlkx];

/** How many bytes `identifyFile` wants to see; fewer only when the file has no more. */
export const HEAD_BYTES = 4096;

/**
 * The format of a file that begins with `head` (at least 512 bytes, or the whole file); undefined when it is none of them.
 * Where the first bytes cannot tell, `identifySource` can.
 */
export function identifyFile(head: Uint8Array): SignableFile | undefined {
  return SIGNABLE_FILES.find((file) => file.identify(head));
}

/** The format of a file; undefined when it is none of those that can be signed. */
export async function identifySource(source: ByteSource): Promise<SignableFile | undefined> {
  const file = identifyFile(await source.read(0, Math.min(source.size, HEAD_BYTES)));
  return file?.confirm === undefined || (await file.confirm(source)) ? file : undefined;
}
