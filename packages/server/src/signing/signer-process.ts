// A process that holds private keys. It is told once where each key is and how to open it, then turns messages into signatures
// and does nothing else: it may read its code and the key files, and reach no more than its keys need (see signer.ts).
import { type OpenedKey, openSigningKey } from '@assay/key-stores';
import type { SignerReply, SignerRequest } from './signer-protocol.ts';

const keys = new Map<string, OpenedKey>();

async function answer(request: SignerRequest): Promise<SignerReply> {
  const { id } = request;
  if (request.kind === 'open') {
    Object.assign(process.env, request.environment);
    const key = await openSigningKey(request.location);
    keys.set(request.key, key);
    return {
      id,
      kind: 'opened',
      certificate: key.certificate.bytes,
      chain: key.chain.map((certificate) => certificate.bytes),
      description: key.description,
    };
  }
  const key = keys.get(request.key);
  if (key === undefined) throw new Error(`the key "${request.key}" has not been opened`);
  return { id, kind: 'signed', signature: await key.sign(request.message, request.algorithm) };
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
