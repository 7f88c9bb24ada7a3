// Writes an image anew with a signature embedded, and verifies the result before anyone sees it.
import { type FileVerification, parseCertificate, pe, rewriteStream, verifyFile } from '@assay/authenticode';
import type { EmbedAnswer, EmbedRequest } from '../protocol.ts';
import { brokenSignature } from './broken-signature.ts';
import { withFile, writeStream } from './open-file.ts';

/** Writes `request.into`. Throws an Error when the written image does not verify, ParseError when the image is malformed. */
export async function embed(request: EmbedRequest): Promise<EmbedAnswer> {
  const written = await withFile(request.file, async (source) => {
    const rewrite = await pe.embedSignature(source, request.signature, request.mode);
    return await writeStream(request.into, rewriteStream(source, rewrite));
  });
  const anchors = request.anchor === undefined ? [] : [parseCertificate(request.anchor)];
  const verification = await withFile(request.into, (source) => verifyFile(source, { anchors }));
  const fault = brokenSignature(verification) ?? faultOfOurs(request, verification);
  if (fault !== undefined) throw new Error(`the new signature does not verify: ${fault}`);
  return written;
}

/** What is wrong with the signature that was embedded; others in the file may lead to the same authority. */
function faultOfOurs({ signer, anchor }: EmbedRequest, { signatures }: FileVerification): string | undefined {
  const ours = signatures.findLast((signature) => signature.signer?.thumbprint === signer);
  if (ours === undefined) return 'it is not in the file';
  return ours.problems.find(({ code }) => anchor !== undefined || code !== 'untrustedRoot')?.message;
}
