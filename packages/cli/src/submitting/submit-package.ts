// The whole way of a package: product, submission, upload, commit, wait, download.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileSource } from '@assay/authenticode';
import { findDownload, type HardwareClient, hasFailed, type NewProduct, type Submission } from '@assay/hardware-api';
import { refuseExisting, writeAtomically } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import { checkPackage } from './check-package.ts';

/** A submission that an earlier run made. */
export interface SubmissionReference {
  readonly productId: string;
  readonly submissionId: string;
}

export interface SubmitRequest {
  readonly client: HardwareClient;
  readonly progress: Progress;
  readonly packagePath: string;
  readonly product: NewProduct;
  /** Goes on with this submission instead of making a product. */
  readonly resume?: SubmissionReference | undefined;
  /** Where the signed package goes; undefined when it is not waited for. */
  readonly out: string | undefined;
  readonly force: boolean;
  readonly timeoutMs: number;
  readonly pollIntervalMs: number | undefined;
  /** Told the ids as soon as they are known, so that they can be printed whatever happens next. */
  readonly onCreated?: (reference: SubmissionReference) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface SubmitResult extends SubmissionReference {
  readonly name: string;
  readonly commitStatus: string;
  readonly currentStep: string | undefined;
  readonly state: string | undefined;
  /** Bytes that were uploaded; undefined when an earlier run had done it. */
  readonly uploadedBytes: number | undefined;
  readonly signedPackage?: { readonly path: string; readonly size: number; readonly sha256: string };
}

async function createSubmission(request: SubmitRequest): Promise<Submission> {
  const { client, product, progress, resume } = request;
  if (resume !== undefined) return client.getSubmission(resume.productId, resume.submissionId);
  const created = await client.createProduct(product);
  progress.note(`product ${created.id} created`);
  return client.createSubmission(created.id, { name: product.productName, type: 'initial' });
}

async function upload(
  request: SubmitRequest,
  submission: Submission,
  handle: FileHandle,
  size: number,
): Promise<number> {
  const { client, progress } = request;
  const uploaded = await client.uploadPackage(submission, fileSource(handle, size), {
    onProgress: (bytes) => progress.count('uploading', bytes, size),
  });
  progress.note(`uploaded ${uploaded} bytes`);
  return uploaded;
}

function describeStep(submission: Submission): string {
  const { workflowStatus, commitStatus } = submission;
  return workflowStatus === undefined ? commitStatus : `${workflowStatus.currentStep} ${workflowStatus.state}`;
}

async function downloadSigned(request: SubmitRequest, submission: Submission, out: string) {
  const { client, progress, force } = request;
  const result = await writeAtomically(out, force, (handle) =>
    client.download(
      submission,
      'signedPackage',
      { write: (bytes) => handle.writeFile(bytes) },
      {
        digest: createHash('sha256'),
        onProgress: (bytes, total) => progress.count('downloading', bytes, total),
      },
    ),
  );
  progress.note(`downloaded ${result.size} bytes to ${out}`);
  return { path: out, size: result.size, sha256: result.sha256 ?? '' };
}

/**
 * Submits a package. Throws CommandError when it is refused before sending, SubmissionFailedError when its workflow
 * fails, WaitTimeoutError when it takes longer than allowed. Resolves with `signedPackage` unless `out` is undefined.
 */
export async function submitPackage(request: SubmitRequest): Promise<SubmitResult> {
  const { client, out, progress, signal } = request;
  if (out !== undefined) await refuseExisting(out, request.force);
  const handle = await open(request.packagePath, 'r');
  let submission: Submission;
  let uploadedBytes: number | undefined;
  try {
    const { size } = await handle.stat();
    for (const warning of await checkPackage(handle, request.packagePath, size)) progress.note(`warning: ${warning}`);
    submission = await createSubmission(request);
    const reference = { productId: String(submission.productId), submissionId: String(submission.id) };
    request.onCreated?.(reference);
    progress.note(`submission ${submission.id} ${request.resume === undefined ? 'created' : 'found'}`);
    if (submission.commitStatus.toLowerCase() === 'commitpending') {
      uploadedBytes = await upload(request, submission, handle, size);
      signal?.throwIfAborted();
      await client.commitSubmission(submission.productId, submission.id);
      progress.note('committed');
    }
  } finally {
    await handle.close();
  }
  const { productId, id } = submission;
  const final =
    out === undefined
      ? await client.getSubmission(productId, id)
      : await client.waitForSubmission(productId, id, {
          timeoutMs: request.timeoutMs,
          pollIntervalMs: request.pollIntervalMs,
          onProgress: (current) => progress.note(describeStep(current)),
          ...(signal === undefined ? {} : { signal }),
        });
  if (out !== undefined && (hasFailed(final) || findDownload(final, 'signedPackage') === undefined)) {
    throw new CommandError(EXIT.workflowFailed, `Submission ${id} ended without a signed package.`);
  }
  return {
    productId: String(productId),
    submissionId: String(id),
    name: final.name,
    commitStatus: final.commitStatus,
    currentStep: final.workflowStatus?.currentStep,
    state: final.workflowStatus?.state,
    uploadedBytes,
    ...(out === undefined ? {} : { signedPackage: await downloadSigned(request, final, out) }),
  };
}
