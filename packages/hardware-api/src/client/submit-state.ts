// What a submission's way remembers of itself, so that any process can go on with it: written before and after each request
// that makes something at the service. Plain JSON, without secrets and without URLs that give access.
import { stringifyJson } from '../json.ts';
import type { NewProduct } from '../schemas/product.ts';

/** Something that is to be made once. Without an id it may or may not have been made. */
export interface Creation {
  /** When the request that makes it was first about to be sent, ISO 8601 by the clock of this machine. */
  readonly intendedAt: string;
  /** When it was last about to be sent, or its answer was lost, where that is later. */
  readonly lastSentAt?: string;
  /** Decimal. */
  readonly id?: string;
}

/** What identifies the package. */
export interface PackageIdentity {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What was asked for. A state fits only the request that began it. */
export interface RecordedRequest {
  /** Undefined when the submission was there before. */
  readonly product?: NewProduct;
  readonly submissionName: string;
  readonly package: PackageIdentity;
}

export interface SubmitState {
  readonly version: 1;
  readonly request: RecordedRequest;
  readonly product?: Creation;
  readonly submission?: Creation;
  /** When the upload had ended, ISO 8601. */
  readonly uploadedAt?: string;
  /** When the commit was about to be sent, ISO 8601. */
  readonly commitIntendedAt?: string;
  readonly committedAt?: string;
  /** When what was waited for was there. */
  readonly finishedAt?: string;
  /** When the service was seen to have failed it. */
  readonly failedAt?: string;
}

/** Where the state is kept between processes. */
export interface SubmitCheckpoint {
  load(): Promise<SubmitState | undefined>;
  /** Resolves when the state would survive the end of this process. */
  save(state: SubmitState): Promise<void>;
}

/** The state that is kept belongs to something else. */
export class SubmissionMismatchError extends Error {
  override readonly name = 'SubmissionMismatchError';
  readonly state: SubmitState;

  constructor(message: string, state: SubmitState) {
    super(message);
    this.state = state;
  }
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, canonical(item)]),
  );
}

function sameJson(a: unknown, b: unknown): boolean {
  return stringifyJson(canonical(a)) === stringifyJson(canonical(b));
}

/** Throws SubmissionMismatchError when the state was begun for another package or another request. */
export function requireSameRequest(state: SubmitState, request: RecordedRequest): void {
  if (state.version !== 1) {
    throw new SubmissionMismatchError('The state was written by another version of this program.', state);
  }
  if (!sameJson(state.request.package, request.package)) {
    throw new SubmissionMismatchError('The package is not the one that this submission was begun with.', state);
  }
  if (
    !sameJson(state.request.product, request.product) ||
    (request.product !== undefined && state.request.submissionName !== request.submissionName)
  ) {
    throw new SubmissionMismatchError(
      'The product asked for is not the one that this submission was begun with.',
      state,
    );
  }
}
