// Uses an opened key as the product does, and looks at what came out with independent eyes.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { rmSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import {
  bytesSource,
  type DigestAlgorithm,
  rewriteStream,
  SigningError,
  type SigningKey,
  signFile,
} from '@assay/authenticode';
import { makePeImage } from '../../../authenticode/test/pe-image.ts';
import { pem, root } from './authority.ts';
import { hasTools, newFolder, runTool } from './external-tool.ts';

/** Checks a signature over a message by the certificate of the key. */
export async function assertSigns(key: SigningKey, algorithm: DigestAlgorithm): Promise<void> {
  const message = new TextEncoder().encode('a message');
  const signature = await key.sign(message, algorithm);
  assert.ok(verify(algorithm, message, key.certificate.publicKey, signature), `a good signature with ${algorithm}`);
}

/** Signs a driver image with the key and lets osslsigncode judge it, up to the test root. */
export async function assertSignsImages(t: TestContext, key: SigningKey): Promise<void> {
  const source = bytesSource(makePeImage({ size: 4096, bits: 64 }));
  const signed = await buffer(rewriteStream(source, await signFile(source, { key })));
  if (!hasTools(t, 'osslsigncode')) return;
  const folder = newFolder({ 'root.pem': pem(root), 'a.sys': signed });
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { status, output } = runTool('osslsigncode', ['verify', '-CAfile', 'root.pem', '-in', 'a.sys'], folder);
  assert.equal(status, 0, output);
  assert.match(output, /Number of verified signatures: 1|Signature verification: ok/);
}

/** For assert.rejects: a refusal with this code whose message fits, and holds none of the secrets. */
export function isRefusal(code: string, message?: RegExp, secrets: readonly string[] = []) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof SigningError, String(error));
    assert.equal(error.code, code, error.message);
    if (message !== undefined) assert.match(error.message, message);
    for (const secret of secrets) assert.ok(!error.message.includes(secret), 'the message holds a secret');
    return true;
  };
}
