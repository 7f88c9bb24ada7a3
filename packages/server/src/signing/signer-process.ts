// The only process that holds the private key of the signing certificate. It is told once where the encrypted key is and
// how to open it, then turns messages into signatures and does nothing else: it has no network and may read one folder.
import { readFile } from 'node:fs/promises';
import { createLocalKey, readPkcs12, type SigningKey } from '@assay/authenticode';
import type { SignerReply, SignerRequest } from './signer-protocol.ts';

let key: SigningKey | undefined;

async function answer(request: SignerRequest): Promise<SignerReply> {
  if (request.kind === 'open') {
    key = createLocalKey(readPkcs12(await readFile(request.file), request.passphrase));
    return {
      id: request.id,
      kind: 'opened',
      certificate: key.certificate.bytes,
      chain: key.chain.map((certificate) => certificate.bytes),
    };
  }
  if (key === undefined) throw new Error('the signing key has not been opened');
  return { id: request.id, kind: 'signed', signature: await key.sign(request.message, request.algorithm) };
}

process.on('message', (request: SignerRequest) => {
  answer(request).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      process.send?.({
        id: request.id,
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
      });
    },
  );
});
process.on('disconnect', () => process.exit(0));
// A terminal's interrupt goes to every process of the group; the service decides when this one ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
