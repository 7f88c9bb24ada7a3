// Writes an image anew with a signature embedded, and verifies the result before anyone sees it.
import { parseCertificate, pe, rewriteStream, verifyFile } from '@assay/authenticode';
import type { EmbedAnswer, EmbedRequest } from '../protocol.ts';
import { withFile, writeStream } from './open-file.ts';

/** Writes `request.into`. Throws an Error when the written image does not verify, ParseError when the image is malformed. */
export async function embed(request: EmbedRequest): Promise<EmbedAnswer> {
  const written = await withFile(request.file, async (source) => {
    const rewrite = await pe.embedSignature(source, request.signature);
    return await writeStream(request.into, rewriteStream(source, rewrite));
  });
  const verification = await withFile(request.into, async (source) =>
    verifyFile(source, { anchors: [parseCertificate(request.anchor)] }),
  );
  if (!verification.ok) {
    const problems = [...verification.problems, ...verification.signatures.flatMap((signature) => signature.problems)];
    throw new Error(`the new signature does not verify: ${problems.map((problem) => problem.message).join('; ')}`);
  }
  return written;
}
