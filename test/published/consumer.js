// A program of someone else, in Node or in a page: the whole way of a package through the published client.
import { clientSecretCredential, createHardwareClient } from '@assay/hardware-api';

/** A digest over what is written, by the one the platform has for whole buffers. */
async function sha256(chunks) {
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(chunks).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Submits `cabinet` and answers with what came back; ids as text. */
export async function submit({ url, credentials, cabinet }) {
  const client = createHardwareClient({ url, credential: clientSecretCredential({ ...credentials, authority: url }) });
  const product = await client.createProduct({
    productName: 'Echo',
    testHarness: 'attestation',
    deviceType: 'internalExternal',
    requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
  });
  const submission = await client.createSubmission(product.id, { name: 'Echo', type: 'initial' });
  await client.uploadPackage(submission, cabinet);
  await client.commitSubmission(product.id, submission.id);
  const done = await client.waitForSubmission(product.id, submission.id, { timeoutMs: 60_000, pollIntervalMs: 100 });
  const chunks = [];
  await client.download(done, 'signedPackage', { write: async (bytes) => void chunks.push(bytes.slice()) }, {});
  const listed = [];
  for await (const { id } of client.listProducts()) listed.push(String(id));
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return { productId: String(product.id), kindOfId: typeof product.id, listed, bytes, sha256: await sha256(chunks) };
}
