// Opens one key and signs with it, in a process that Node's permission model confines. Prints the outcome as JSON.
import { type KeyLocation, openSigningKey } from '../../src/index.ts';
import { issue, makeKeyPair } from './authority.ts';

const location: KeyLocation = JSON.parse(process.argv[2] ?? '');

/** A vault in the same process, because its certificate and name are known here only. */
async function openFromVault(): Promise<Uint8Array> {
  const { startVault } = await import('./fake-vault.ts');
  const { DefaultAzureCredential } = await import('@azure/identity');
  new DefaultAzureCredential();
  const keys = makeKeyPair('rsa');
  const vault = await startVault({ release: { ...keys, certificate: issue('In a vault', keys.publicKey) } });
  try {
    const url = `${vault.url}/certificates/release`;
    const key = await openSigningKey({ kind: 'keyVault', url }, { credential: vault.credential });
    return await key.sign(Uint8Array.of(1), 'sha256');
  } finally {
    await vault.close();
  }
}

async function open(): Promise<Uint8Array> {
  const key = await openSigningKey(location);
  const signature = await key.sign(Uint8Array.of(1), 'sha256');
  await key.close();
  return signature;
}

try {
  const signature = location.kind === 'keyVault' ? await openFromVault() : await open();
  console.log(JSON.stringify({ signatureBytes: signature.length }));
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
