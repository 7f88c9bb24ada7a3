// What a call of the API can end with besides its answer. One class for refused and unanswered calls, and one each for a
// submission that failed and for a wait that ran out of time.
import type { ValidationError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { PreprodPackage } from '../schemas/preprod.ts';
import type { ShippingLabel } from '../schemas/shipping-label.ts';
import type { Submission } from '../schemas/submission.ts';

/** Code of an error that has no HTTP answer: refused connection, broken transfer, time-out of one request. */
export const NO_ANSWER = 'noAnswer';
/** Code of an error that is an answer of 2xx with an id that may have lost digits. */
export const INEXACT_NUMBER = 'inexactNumber';

/** A refused or unanswered call. `status` is the HTTP status, 0 when no answer came. */
export class HardwareApiError extends Error {
  override readonly name: string = 'HardwareApiError';
  readonly status: number;
  /** The service's own code, for example `entityNotFound`; `noAnswer` when there was no answer. */
  readonly code: string;
  readonly validationErrors: readonly ValidationError[];
  /** The service's id of the request, for support. */
  readonly requestId: string | undefined;
  /** How long the service asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(options: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly validationErrors?: readonly ValidationError[];
    readonly requestId?: string | undefined;
    readonly retryAfterMs?: number | undefined;
    readonly cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.validationErrors = options.validationErrors ?? [];
    this.requestId = options.requestId;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Whether the same call may succeed later without any change: 429, 5xx except 501, or no answer at all. */
  get isTransient(): boolean {
    if (this.status === 0) return this.code === NO_ANSWER;
    return this.status === 408 || this.status === 429 || (this.status >= 500 && this.status !== 501);
  }

  /**
   * Whether a request that changes something may have taken effect all the same: no answer, a time-out, or an answer of a
   * gateway or a server that broke. To be looked into before such a request is made again.
   */
  get isAmbiguous(): boolean {
    return this.code === INEXACT_NUMBER || (this.isTransient && this.status !== 429);
  }
}

/** The workflow of a shipping label ended without the label being published or shared. */
export class ShippingLabelFailedError extends Error {
  override readonly name = 'ShippingLabelFailedError';
  readonly label: ShippingLabel;
  /** What the service says about the failure. */
  readonly messages: readonly string[];

  constructor(label: ShippingLabel) {
    const messages = label.workflowStatus?.messages ?? [];
    super([`Shipping label ${label.id} failed at ${label.workflowStatus?.currentStep}.`, ...messages].join(' '));
    this.label = label;
    this.messages = messages;
  }
}

/** The workflow of a submission ended without a signed package. */
export class SubmissionFailedError extends Error {
  override readonly name = 'SubmissionFailedError';
  readonly submission: Submission;
  /** What the service says about the failure. */
  readonly messages: readonly string[];

  constructor(submission: Submission) {
    const messages = submission.workflowStatus?.messages ?? [];
    const step = submission.workflowStatus?.currentStep ?? 'commit';
    super([`Submission ${submission.id} failed at ${step}.`, ...messages].join(' '));
    this.submission = submission;
    this.messages = messages;
  }
}

/** The processing of a preprod package ended without signed files. */
export class PreprodFailedError extends Error {
  override readonly name = 'PreprodFailedError';
  readonly package: PreprodPackage;

  constructor(failed: PreprodPackage) {
    super(failed.error?.message ?? 'The service gave no reason.');
    this.package = failed;
  }
}

/** What is waited for was still under way when the time to wait was over; waiting again later is safe. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly submission: Submission | undefined;

  constructor(submission: Submission | undefined, timeoutMs: number, message?: string) {
    const step = submission?.workflowStatus?.currentStep ?? 'an unknown step';
    super(
      message ??
        `The submission was still at ${step} after ${Math.round(timeoutMs / 1000)} s. It goes on at the service.`,
    );
    this.submission = submission;
  }
}

/**
 * Milliseconds asked for by a `Retry-After` header: seconds or an HTTP date (RFC 9110 §10.2.3). A date is held against the
 * answer's own, so that it does not matter whether the clocks agree.
 */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  const now = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? undefined : Math.max(0, date - (Number.isNaN(now) ? Date.now() : now));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readValidationErrors(value: unknown): ValidationError[] {
  const entries: unknown[] = Array.isArray(value) ? value : [];
  return entries.map((entry) => {
    const { target, message } = record(entry);
    return { target: text(target) ?? '', message: text(message) ?? '' };
  });
}

function parseOrUndefined(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** An `<Error><Code/><Message/></Error>` of the blob endpoint. */
function readBlobError(body: string): { code: string | undefined; message: string | undefined } {
  return {
    code: /<Code>([^<]{1,200})<\/Code>/.exec(body)?.[1],
    message: /<Message>([^<]{1,2000})<\/Message>/.exec(body)?.[1]?.split('\n')[0],
  };
}

/**
 * The error that an answer outside 2xx stands for. Understands the functional shape, the gateway's, OAuth's (RFC 6749
 * §5.2) and the blob endpoint's XML, and keeps the status when the body is none of them.
 */
export async function readErrorResponse(response: Response, what: string): Promise<HardwareApiError> {
  const body = (await response.text().catch(() => '')).slice(0, 64 * 1024);
  const top = record(parseOrUndefined(body));
  const inner = record(top.error);
  const blob = readBlobError(body);
  const code =
    text(inner.code) ??
    text(top.error) ??
    response.headers.get('x-ms-error-code') ??
    blob.code ??
    `http${response.status}`;
  const message =
    text(inner.message) ??
    text(top.error_description) ??
    text(top.message) ??
    blob.message ??
    `${what} was answered with HTTP ${response.status} ${response.statusText}`.trimEnd();
  return new HardwareApiError({
    status: response.status,
    code,
    message,
    validationErrors: readValidationErrors(inner.validationErrors),
    requestId: response.headers.get('ms-requestid') ?? response.headers.get('x-ms-request-id') ?? undefined,
    retryAfterMs: retryAfter(response.headers),
  });
}
