// The OpenAPI document, asked of an application that nobody else can reach.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBlobStore, createSas } from '../../packages/server/src/blob/index.ts';
import { systemClock } from '../../packages/server/src/clock.ts';
import { createApp } from '../../packages/server/src/http/index.ts';
import { createTokenIssuer } from '../../packages/server/src/identity/index.ts';
import { openDatabase } from '../../packages/server/src/store/database.ts';

export async function writeOpenApi(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-openapi-'));
  const clock = systemClock;
  const database = await openDatabase({ file: ':memory:' });
  try {
    const issuer = await createTokenIssuer({ database, keyFile: join(directory, 'token-key.pem'), clock });
    const blobs = createBlobStore({ database, directory: join(directory, 'blobs'), clock });
    const sas = createSas({ accountName: 'assaystore', accountKey: randomBytes(64), clock });
    const app = await createApp({ database, issuer, blob: { blobs, sas }, clock });
    const answer = await app.inject('/openapi.json');
    await app.close();
    return answer.body;
  } finally {
    await database.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}
