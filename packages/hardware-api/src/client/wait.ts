// Waits for work at the service to end. The only sure sign that a submission succeeded is the signed package among its
// downloads, because `state` speaks of the current step alone.
import type { ShippingLabel } from '../schemas/shipping-label.ts';
import type { Submission } from '../schemas/submission.ts';
import {
  HardwareApiError,
  ShippingLabelFailedError,
  SubmissionFailedError,
  WaitTimeoutError,
} from './hardware-api-error.ts';
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

export interface SubmissionWaitOptions extends WaitOptions {
  /** What must be among the downloads; with `driverMetadata` both are waited for. `signedPackage` by default. */
  readonly waitFor?: 'signedPackage' | 'driverMetadata' | undefined;
}

export interface ShippingLabelWaitOptions extends WaitOptions<ShippingLabel> {
  /** `microsoftApproval` is done as soon as the label waits to be approved. `published` by default: published or shared. */
  readonly until?: 'published' | 'microsoftApproval' | undefined;
}

const FIRST_INTERVAL_MS = 300;
const LONGEST_INTERVAL_MS = 15_000;

/** URL of a download of this type, compared without case; undefined while there is none. */
export function findDownload(submission: Submission, type: string): string | undefined {
  return submission.downloads?.items.find((item) => item.type.toLowerCase() === type.toLowerCase())?.url;
}

/** States that no workflow comes back from; the second and third have been seen from the service, undocumented. */
const FAILED_STATES: ReadonlySet<string> = new Set(['failed', 'canceled', 'cancelled']);

/** Whether the workflow of the submission has ended without success. */
export function hasFailed(submission: Submission): boolean {
  return (
    submission.commitStatus.toLowerCase() === 'commitfailed' ||
    FAILED_STATES.has(String(submission.workflowStatus?.state).toLowerCase())
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

/** What was just made may not be found at once; this many times, if it was never found before, that is waited out. */
const TOLERATED_NOT_FOUND = 4;

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
  let notFound = 0;
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
      if (!(error instanceof HardwareApiError)) throw error;
      const maybeNew = error.status === 404 && last === undefined && ++notFound <= TOLERATED_NOT_FOUND;
      if (!error.isTransient && !maybeNew) throw error;
    }
    const left = deadline - performance.now();
    if (left <= 0) throw timeout(last, timeoutMs);
    await delay(Math.min(interval, left), signal);
    if (pollIntervalMs === undefined) interval = Math.min(interval * 1.3, LONGEST_INTERVAL_MS);
  }
}

function describeMissing(submission: Submission | undefined, waitFor: string, timeoutMs: number): string | undefined {
  if (submission === undefined || findDownload(submission, 'signedPackage') === undefined) return undefined;
  return `The submission is signed but had no ${waitFor} after ${Math.round(timeoutMs / 1000)} s. It may still come.`;
}

/**
 * Polls until the signed package is there, or the driver metadata too, and returns the submission as it then is. Throws
 * SubmissionFailedError when the workflow failed and WaitTimeoutError when the time is over. A `completed` without the
 * signed package is not the end: `state` is that of the current step.
 */
export function waitForSubmission(
  read: () => Promise<Submission>,
  options: SubmissionWaitOptions,
): Promise<Submission> {
  const { waitFor = 'signedPackage' } = options;
  const submissions: Polled<Submission> = {
    phase: (submission) => `${phase(submission)} ${findDownload(submission, 'signedPackage') !== undefined}`,
    isDone(submission) {
      const signed = findDownload(submission, 'signedPackage') !== undefined;
      if (signed && findDownload(submission, waitFor) !== undefined) return true;
      if (!signed && hasFailed(submission)) throw new SubmissionFailedError(submission);
      return false;
    },
    timeout: (last, timeoutMs) => new WaitTimeoutError(last, timeoutMs, describeMissing(last, waitFor, timeoutMs)),
  };
  return poll(read, submissions, options);
}

/** Whether the label has come to its end, or to the approval when that is enough. */
function labelIsDone({ workflowStatus }: ShippingLabel, until: 'published' | 'microsoftApproval'): boolean {
  const [step, state] = [workflowStatus?.currentStep, workflowStatus?.state].map((text) => String(text).toLowerCase());
  if (state === 'published') return true;
  if (state === 'completed' && (step === 'finalizepublishing' || step === 'finalizesharing')) return true;
  return (
    until === 'microsoftApproval' && ['microsoftapproval', 'publishing', 'finalizepublishing'].includes(step ?? '')
  );
}

/** Polls until a shipping label is published or shared. Throws ShippingLabelFailedError and WaitTimeoutError. */
export function waitForShippingLabel(
  read: () => Promise<ShippingLabel>,
  options: ShippingLabelWaitOptions,
): Promise<ShippingLabel> {
  const { until = 'published' } = options;
  const labels: Polled<ShippingLabel> = {
    phase: ({ workflowStatus }) => `${workflowStatus?.currentStep} ${workflowStatus?.state}`,
    isDone(label) {
      if (FAILED_STATES.has(String(label.workflowStatus?.state).toLowerCase()))
        throw new ShippingLabelFailedError(label);
      return labelIsDone(label, until);
    },
    timeout(last, timeoutMs) {
      const step = last?.workflowStatus?.currentStep ?? 'an unknown step';
      const seconds = Math.round(timeoutMs / 1000);
      return new WaitTimeoutError(undefined, timeoutMs, `The shipping label was still at ${step} after ${seconds} s.`);
    },
  };
  return poll(read, labels, options);
}
