// Tokens per second, beside the RSA signature that each of them needs.
import { createSign, generateKeyPairSync } from 'node:crypto';
import type { Service } from './service.ts';
import { printTable } from './statistics.ts';

/** Size of the key that signs tokens, in bits. */
const TOKEN_KEY_BITS = 2048;
const CONNECTIONS = 8;
/** As many bytes as a token's header and claims have. */
const TOKEN_BYTES = 700;

async function measureTokens(service: Service, milliseconds: number): Promise<number> {
  const { authority, tenantId, clientId, clientSecret } = service.credentials;
  const url = `${authority}/${tenantId}/oauth2/v2.0/token`;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://manage.devcenter.microsoft.com/.default',
  });
  let count = 0;
  const start = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      const response = await fetch(url, { method: 'POST', body: form });
      if (response.status !== 200) throw new Error(`The token endpoint answered ${response.status}`);
      await response.arrayBuffer();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  return count / ((performance.now() - start) / 1000);
}

function measureSignatures(milliseconds: number): number {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: TOKEN_KEY_BITS });
  const message = Buffer.alloc(TOKEN_BYTES, 'x');
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < milliseconds) {
    createSign('sha256').update(message).sign(privateKey);
    count += 1;
  }
  return count / ((performance.now() - start) / 1000);
}

export async function benchTokens(service: Service, size: { milliseconds: number; rounds: number }): Promise<void> {
  const tokens: number[] = [];
  const signatures: number[] = [];
  await measureTokens(service, size.milliseconds);
  for (let round = 0; round < size.rounds; round++) {
    tokens.push(await measureTokens(service, size.milliseconds));
    signatures.push(measureSignatures(size.milliseconds));
  }
  printTable(
    'Tokens',
    `Client credentials over ${CONNECTIONS} connections, in turns of ${size.milliseconds / 1000} s, ${size.rounds} each, beside RSA-${TOKEN_KEY_BITS} signatures in a bare loop: the limit of one processor.`,
    [
      { name: 'Assay', unit: 'tokens/s', rounds: tokens },
      { name: 'RS256 signatures in a loop', unit: 'signatures/s', rounds: signatures },
    ],
  );
}
