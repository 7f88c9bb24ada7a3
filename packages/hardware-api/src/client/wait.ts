// Waits for work at the service to end. The only sure sign that a submission succeeded is the signed package among its
// downloads, because `state` speaks of the current step alone.
import type { Submission } from '../schemas/submission.ts';
import { HardwareApiError, SubmissionFailedError, WaitTimeoutError } from './hardware-api-error.ts';
import { delay } from './retry.ts';

export interface WaitOptions<Resource = Submission> {
  /** Give up after this long. */
  readonly timeoutMs: number;
  /** Time between two looks; without it the client starts with a third of a second and slows down to fifteen. */
  readonly pollIntervalMs?: number | undefined;
  /** Called whenever the step or its state has changed. */
  readonly onProgress?: ((current: Resource) => void) | undefined;
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

/** What polling needs to know of a resource. */
interface Polled<Resource> {
  /** What is told when it changes. */
  phase(current: Resource): string;
  /** Throws when there is nothing to wait for any more. */
  isDone(current: Resource): boolean;
  timeout(last: Resource | undefined, timeoutMs: number): Error;
}

/** Reads until the resource is done and returns it; passing failures of single requests are waited out. */
export async function poll<Resource>(
  read: () => Promise<Resource>,
  { phase, isDone, timeout }: Polled<Resource>,
  options: WaitOptions<Resource>,
): Promise<Resource> {
  const { timeoutMs, pollIntervalMs, onProgress, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let interval = pollIntervalMs ?? FIRST_INTERVAL_MS;
  let last: Resource | undefined;
  for (;;) {
    try {
      const current = await read();
      const changed = last === undefined || phase(last) !== phase(current);
      last = current;
      if (changed) {
        interval = pollIntervalMs ?? FIRST_INTERVAL_MS;
        onProgress?.(current);
      }
      if (isDone(current)) return current;
    } catch (error) {
      if (!(error instanceof HardwareApiError) || !error.isTransient) throw error;
    }
    const left = deadline - performance.now();
    if (left <= 0) throw timeout(last, timeoutMs);
    await delay(Math.min(interval, left), signal);
    if (pollIntervalMs === undefined) interval = Math.min(interval * 1.3, LONGEST_INTERVAL_MS);
  }
}

/**
 * Polls until the signed package is there and returns the submission as it then is. Throws SubmissionFailedError when the
 * workflow failed and WaitTimeoutError when the time is over.
 */
export function waitForSubmission(read: () => Promise<Submission>, options: WaitOptions): Promise<Submission> {
  const submissions: Polled<Submission> = {
    phase,
    isDone(submission) {
      if (findDownload(submission, 'signedPackage') !== undefined) return true;
      if (hasFailed(submission)) throw new SubmissionFailedError(submission);
      return false;
    },
    timeout: (last, timeoutMs) => new WaitTimeoutError(last, timeoutMs),
  };
  return poll(read, submissions, options);
}
