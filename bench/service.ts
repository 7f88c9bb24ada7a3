// A throw-away service in its own process, a client for it, and the example driver as a signed cabinet.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesSource, createLocalKey, readPkcs12, rewriteBytes, signFile, writeCabinet } from '@assay/authenticode';
import {
  clientSecretCredential,
  createHardwareClient,
  type HardwareClient,
  type Submission,
} from '@assay/hardware-api';
import type { Credentials } from '@assay/server';
import { startProcess } from './child-process.ts';

const ECHO = join(import.meta.dirname, '..', 'examples', 'echo', 'driver');
const DRIVER_FILES = ['echo.inf', 'echo.sys'];

export interface Service {
  readonly url: string;
  /** Of its process. */
  readonly pid: number;
  readonly credentials: Credentials;
  readonly client: HardwareClient;
  /** An `Authorization` header. */
  authorize(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a service that keeps its data in the folder. */
export async function startService(dataDirectory: string): Promise<Service> {
  const child = await startProcess<{ url: string; credentialsFile: string }>('assay-server', dataDirectory);
  const { url, credentialsFile } = child.ready;
  const credentials = JSON.parse(await readFile(credentialsFile, 'utf8')) as Credentials;
  const credential = clientSecretCredential(credentials);
  return {
    url,
    pid: child.pid,
    credentials,
    client: createHardwareClient({ url, credential }),
    async authorize() {
      const token = await credential.getToken('https://manage.devcenter.microsoft.com/.default');
      if (!token) throw new Error('The service gave no token.');
      return `Bearer ${token.token}`;
    },
    stop: () => child.stop(),
  };
}

/** A new product with a submission that waits for its package. */
export async function createSubmission(client: HardwareClient): Promise<Submission> {
  const product = await client.createProduct({
    productName: 'Echo',
    testHarness: 'attestation',
    deviceType: 'internal',
    requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
  });
  return client.createSubmission(product.id, { name: 'Echo', type: 'initial' });
}

/** examples/echo as a cabinet with the submitter's signature. */
export async function packEcho(credentials: Credentials): Promise<Uint8Array> {
  const files = await Promise.all(
    DRIVER_FILES.map(async (name) => {
      const bytes = await readFile(join(ECHO, name));
      return { name: `echo\\${name}`, size: bytes.length, source: bytesSource(bytes) };
    }),
  );
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCabinet({ files, compression: 'mszip' })) chunks.push(chunk);
  const pkcs12 = await readFile(credentials.submissionCertificate);
  const key = createLocalKey(readPkcs12(pkcs12, credentials.submissionCertificatePassword));
  const source = bytesSource(Buffer.concat(chunks));
  return rewriteBytes(source, await signFile(source, { key }));
}
