// Has Microsoft's Hardware Dev Center sign a driver by attestation.
// Usage: node attest.mjs CABINET SIGNED_ZIP
// Reads AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET. Needs @azure/identity and @azure/storage-blob.
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientSecretCredential } from '@azure/identity';
import { BlockBlobClient } from '@azure/storage-blob';

const API = 'https://manage.devcenter.microsoft.com';
const HARDWARE = `${API}/v2.0/my/hardware`;
const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, POLL_SECONDS = '15' } = process.env;
const [cabinet, signedZip] = process.argv.slice(2);

const credential = new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET);

/** The answer with its ids as strings: as numbers they would lose digits. */
async function call(method, path, body) {
  const { token } = await credential.getToken(`${API}/.default`);
  const answer = await fetch(`${HARDWARE}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text.replace(/"(\w*[iI]d)"\s*:\s*(\d+)/g, '"$1":"$2"'));
}

const downloadUrl = ({ downloads }, type) => downloads?.items?.find((item) => item.type === type)?.url;

const product = await call('POST', '/products', {
  productName: 'Echo from Node',
  testHarness: 'attestation',
  deviceType: 'internalExternal',
  requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
});
const submissions = `/products/${product.id}/submissions`;
let submission = await call('POST', submissions, { name: 'Echo from Node', type: 'initial' });
console.log(`product ${product.id} submission ${submission.id}`);

await new BlockBlobClient(downloadUrl(submission, 'initialPackage')).uploadFile(cabinet);
const address = `${submissions}/${submission.id}`;
await call('POST', `${address}/commit`);

for (;;) {
  submission = await call('GET', address);
  const { currentStep, state, messages } = submission.workflowStatus ?? {};
  console.log(currentStep, state);
  if (state === 'failed') throw new Error(messages?.join('\n') || 'The submission failed.');
  const signed = downloadUrl(submission, 'signedPackage');
  if (signed !== undefined) {
    await new BlockBlobClient(signed).downloadToFile(signedZip);
    break;
  }
  await sleep(Number(POLL_SECONDS) * 1000);
}
console.log(`signed ${signedZip}`);
