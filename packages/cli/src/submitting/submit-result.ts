// What `assay submit`, `assay wait` and `assay download` print.
import { findDownload, type Submission } from '@assay/hardware-api';
import type { View } from '../output.ts';
import type { DownloadedFile } from './download-file.ts';

export interface SubmitResult {
  /** Decimal, like the next. */
  readonly productId: string;
  readonly submissionId: string;
  readonly name: string;
  readonly commitStatus: string;
  readonly currentStep?: string;
  readonly state?: string;
  /** What the service says of the current step. */
  readonly messages?: readonly string[];
  /** Bytes that were uploaded by this run; absent when an earlier one had done it. */
  readonly uploadedBytes?: number;
  readonly signedPackage?: DownloadedFile;
  readonly driverMetadata?: DownloadedFile;
  /** Whether every signature of the signed package was verified; absent when that was not asked for. */
  readonly verified?: boolean;
}

/** What a submission says of itself. */
export function resultOf(submission: Submission): SubmitResult {
  const { workflowStatus, commitStatus, name } = submission;
  return {
    productId: String(submission.productId),
    submissionId: String(submission.id),
    name,
    commitStatus,
    ...(workflowStatus !== undefined && { currentStep: workflowStatus.currentStep, state: workflowStatus.state }),
    ...((workflowStatus?.messages.length ?? 0) > 0 && { messages: workflowStatus?.messages ?? [] }),
  };
}

/** The result as a table. */
export function viewOf(result: SubmitResult): View {
  const { signedPackage, driverMetadata, messages, ...fields } = result;
  return {
    fields: {
      ...fields,
      messages: messages?.join(' '),
      signedPackage: signedPackage?.path,
      signedPackageBytes: signedPackage?.size,
      signedPackageSha256: signedPackage?.sha256,
      driverMetadata: driverMetadata?.path,
    },
  };
}

/** The step and its state in words. */
export function describeStep(submission: Submission): string {
  const { workflowStatus, commitStatus } = submission;
  if (workflowStatus === undefined) return commitStatus;
  const signed = findDownload(submission, 'signedPackage') === undefined ? '' : ', signed';
  return `${workflowStatus.currentStep} ${workflowStatus.state}${signed}`;
}
