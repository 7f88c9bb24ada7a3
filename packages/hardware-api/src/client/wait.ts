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

/** URL of a download of this type, compared without case; undefined while there is none, also where only its name is there. */
export function findDownload(submission: Submission, type: string): string | undefined {
  const wanted = type.toLowerCase();
  return submission.downloads?.items.find((item) => item.url && item.type?.toLowerCase() === wanted)?.url;
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

/** How long the first look may take, in milliseconds, whatever the limit of the wait. */
const FIRST_LOOK_MS = 30_000;
/** Longest time that a timer takes, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Reads until `milliseconds` are over; undefined when they are. The read is then told to end by the signal that it was given. */
async function readWithin<Resource>(
  read: (limit: AbortSignal) => Promise<Resource>,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<Resource | undefined> {
  const limit = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.min(milliseconds, LONGEST_TIMER_MS));
  });
  try {
    const ends = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
    return await Promise.race([read(ends), over]);
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

/** Reads until the resource is done and returns it; passing failures of single requests are waited out. */
export async function poll<Resource>(
  read: (limit: AbortSignal) => Promise<Resource>,
  { phase, isDone, timeout }: Polled<Resource>,
  options: WaitOptions<Resource>,
): Promise<Resource> {
  const { timeoutMs, pollIntervalMs, onProgress, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let interval = pollIntervalMs ?? FIRST_INTERVAL_MS;
  let last: Resource | undefined;
  let notFound = 0;
  let trouble: HardwareApiError | undefined;
  for (;;) {
    try {
      // At least one look is taken in full, however short the time is.
      const left = last === undefined ? Math.max(FIRST_LOOK_MS, timeoutMs) : deadline - performance.now();
      const current = await readWithin(read, left, signal);
      if (current === undefined) throw timeout(last, timeoutMs);
      trouble = undefined;
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
      trouble = error;
    }
    const left = deadline - performance.now();
    if (left <= 0) {
      if (last === undefined && trouble !== undefined) throw trouble;
      const error = timeout(last, timeoutMs);
      if (trouble !== undefined) error.message += ` The last look failed: ${trouble.message}`;
      throw error;
    }
    await delay(Math.min(interval, left), signal);
    // Many that wait, begun at the same moment, then don't look at the same moments.
    if (pollIntervalMs === undefined) {
      interval = Math.min(interval * (1.2 + Math.random() * 0.2), LONGEST_INTERVAL_MS);
    }
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
  read: (limit: AbortSignal) => Promise<Submission>,
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
  read: (limit: AbortSignal) => Promise<ShippingLabel>,
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
