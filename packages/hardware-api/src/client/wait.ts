// Waits for a submission to end. The only sure sign of success is the signed package among the downloads, because
// `state` speaks of the current step alone.
import type { Submission } from '../schemas/submission.ts';
import { HardwareApiError, SubmissionFailedError, WaitTimeoutError } from './hardware-api-error.ts';
import { delay } from './retry.ts';

export interface WaitOptions {
  /** Give up after this long. */
  readonly timeoutMs: number;
  /** Time between two looks; without it the client starts with a third of a second and slows down to fifteen. */
  readonly pollIntervalMs?: number | undefined;
  /** Called whenever the step or its state has changed. */
  readonly onProgress?: ((submission: Submission) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_INTERVAL_MS = 300;
const LONGEST_INTERVAL_MS = 15_000;

/** URL of a download of this type, compared without case; undefined while there is none. */
export function findDownload(submission: Submission, type: string): string | undefined {
  return submission.downloads?.items.find((item) => item.type.toLowerCase() === type.toLowerCase())?.url;
}

/** Whether the workflow of the submission has ended without success. */
export function hasFailed(submission: Submission): boolean {
  return (
    submission.commitStatus.toLowerCase() === 'commitfailed' ||
    submission.workflowStatus?.state.toLowerCase() === 'failed'
  );
}

function phase(submission: Submission): string {
  const { commitStatus, workflowStatus } = submission;
  return `${commitStatus} ${workflowStatus?.currentStep ?? ''} ${workflowStatus?.state ?? ''}`;
}

/**
 * Polls until the signed package is there and returns the submission as it then is. Throws SubmissionFailedError when the
 * workflow failed and WaitTimeoutError when the time is over; passing failures of single requests are waited out.
 */
export async function waitForSubmission(read: () => Promise<Submission>, options: WaitOptions): Promise<Submission> {
  const { timeoutMs, pollIntervalMs, onProgress, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let interval = pollIntervalMs ?? FIRST_INTERVAL_MS;
  let last: Submission | undefined;
  for (;;) {
    try {
      const submission = await read();
      const changed = last === undefined || phase(last) !== phase(submission);
      last = submission;
      if (changed) {
        interval = pollIntervalMs ?? FIRST_INTERVAL_MS;
        onProgress?.(submission);
      }
      if (findDownload(submission, 'signedPackage') !== undefined) return submission;
      if (hasFailed(submission)) throw new SubmissionFailedError(submission);
    } catch (error) {
      if (!(error instanceof HardwareApiError) || !error.isTransient) throw error;
    }
    const left = deadline - performance.now();
    if (left <= 0) throw new WaitTimeoutError(last, timeoutMs);
    await delay(Math.min(interval, left), signal);
    if (pollIntervalMs === undefined) interval = Math.min(interval * 1.3, LONGEST_INTERVAL_MS);
  }
}
