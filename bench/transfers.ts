// Upload and download of one large blob through a SAS URL, beside a bare node:http server that streams to and from a file.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { findDownload } from '@assay/hardware-api';
import { startProcess } from './child-process.ts';
import { createSubmission, type Service } from './service.ts';
import { printTable } from './statistics.ts';

const MIB = 1024 * 1024;
const CHUNK = randomBytes(MIB);

/** MiB per second of one PUT of `mebibytes` MiB, at the receiver's pace. */
async function upload(url: string, mebibytes: number): Promise<number> {
  const start = performance.now();
  const outgoing = request(url, {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob', 'content-length': mebibytes * MIB },
  });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  for (let sent = 0; sent < mebibytes; sent += 1) {
    if (!outgoing.write(CHUNK)) await Promise.race([once(outgoing, 'drain'), answered]);
  }
  outgoing.end();
  const [response] = await answered;
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 201) throw new Error(`The upload was answered with ${response.statusCode}.`);
  return mebibytes / ((performance.now() - start) / 1000);
}

/** MiB per second of one GET. */
async function download(url: string, mebibytes: number): Promise<number> {
  const start = performance.now();
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  let length = 0;
  for await (const chunk of response) length += (chunk as Buffer).length;
  if (length !== mebibytes * MIB) throw new Error(`The download gave ${length} bytes.`);
  return mebibytes / ((performance.now() - start) / 1000);
}

export async function benchTransfers(
  service: Service,
  size: { mebibytes: number; rounds: number },
  directory: string,
): Promise<void> {
  const submission = await createSubmission(service.client);
  const assayUrl = findDownload(submission, 'initialPackage');
  if (assayUrl === undefined) throw new Error('The submission has no upload URL.');
  const bare = await startProcess<{ url: string }>('bare-file-server', join(directory, 'bare'));
  try {
    const bareUrl = bare.ready.url;
    const sides = [
      { name: 'Assay', url: assayUrl, uploads: [] as number[], downloads: [] as number[] },
      { name: 'bare node:http', url: bareUrl, uploads: [] as number[], downloads: [] as number[] },
    ];
    for (const { url } of sides) await upload(url, Math.min(size.mebibytes, 16));
    for (let round = 0; round < size.rounds; round += 1) {
      for (const { url, uploads } of sides) uploads.push(await upload(url, size.mebibytes));
      for (const { url, downloads } of sides) downloads.push(await download(url, size.mebibytes));
    }
    printTable(
      'Upload of a blob',
      `${size.mebibytes} MiB in one PUT, in turns, ${size.rounds} each. Assay checks the signature, hashes the bytes (SHA-256), flushes the file to the disk and records it; the bare node:http server pipes the body to a file and does not wait for the disk.`,
      sides.map(({ name, uploads }) => ({ name, unit: 'MiB/s', rounds: uploads })),
    );
    printTable(
      'Download of a blob',
      `${size.mebibytes} MiB in one GET, in turns, ${size.rounds} each. Both stream a file that the operating system has in its cache.`,
      sides.map(({ name, downloads }) => ({ name, unit: 'MiB/s', rounds: downloads })),
    );
  } finally {
    await bare.stop();
  }
}
