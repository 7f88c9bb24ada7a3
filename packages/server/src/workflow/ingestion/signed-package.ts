// The zip in which the signed files are handed out. The real service's layout has the cabinet's folders below `drivers/`.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import type { Blob } from '../../store/schema.ts';
import type { StepContext } from '../workflow.ts';
import type { StepServices } from './ingestion-services.ts';
import type { SignedFiles } from './signing.ts';
import { openStaging } from './staging.ts';

/** A GUID that is the same each time for the same workflow and purpose, and cannot be guessed: the workflow's id is random. */
export function stableGuid(workflowId: string, purpose: string): string {
  const bytes = createHash('sha256').update(`${workflowId}\n${purpose}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Packs the files that the step `signing` left, and makes the zip a blob in this container. Run again it gives the same blob. */
export async function adoptSignedPackage(
  services: StepServices,
  context: StepContext,
  container: string,
): Promise<Blob> {
  const { createdAt } = await services.subjects.load(context.subjectId);
  const { files } = context.output<SignedFiles>('signing');
  const staging = await openStaging(services.workDirectory, context.subjectId);
  const path = staging.temporary('signed.zip');
  const zip = new yazl.ZipFile();
  const written = pipeline(zip.outputStream, createWriteStream(path, { flags: 'w', mode: 0o600 }));
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    zip.addFile(staging.path(file.sha256), `drivers/${file.path}`, { mtime: createdAt, mode: 0o100644 });
  }
  zip.end();
  await written;
  const name = stableGuid(context.workflowId, 'signedPackage');
  return await services.blobs.adopt(container, name, path, { contentType: 'application/zip' });
}
