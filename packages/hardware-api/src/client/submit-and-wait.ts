// The whole way of a package: product, submission, upload, commit, wait. Any process on it may die at any instant and be run
// again: what was begun is found and gone on with, and nothing is made twice. For that its state is kept in a checkpoint,
// before each request that makes something and after it; a request without a known outcome is looked for before it is made
// again, in the same process as in the next.
import type { NewProduct } from '../schemas/product.ts';
import type { Submission } from '../schemas/submission.ts';
import { HardwareApiError, SubmissionFailedError } from './hardware-api-error.ts';
import type { HardwareClient, Identifier } from './hardware-client.ts';
import { findInitialSubmission, findLostProduct } from './reconcile.ts';
import { delay } from './retry.ts';
import {
  type Creation,
  type PackageIdentity,
  type RecordedRequest,
  requireSameRequest,
  SubmissionMismatchError,
  type SubmitCheckpoint,
  type SubmitState,
} from './submit-state.ts';
import type { UploadContent } from './upload.ts';
import type { SubmissionWaitOptions } from './wait.ts';

export interface SubmitRequest {
  /** What to create. Not needed with `existing`. */
  readonly product?: NewProduct | undefined;
  /** Name of the submission; that of the product unless given. */
  readonly submissionName?: string | undefined;
  /** A submission that is there already, to be gone on with. */
  readonly existing?: { readonly productId: Identifier; readonly submissionId: Identifier } | undefined;
  readonly package: PackageIdentity & { readonly content: UploadContent };
}

/** What happens on the way. */
export type SubmitEvent =
  | { readonly kind: 'product'; readonly how: Origin; readonly productId: string }
  | { readonly kind: 'submission'; readonly how: Origin; readonly productId: string; readonly submissionId: string }
  | { readonly kind: 'looking'; readonly what: 'product' | 'submission' }
  | { readonly kind: 'uploading'; readonly bytes: number; readonly size: number }
  | { readonly kind: 'uploaded'; readonly bytes: number }
  | { readonly kind: 'committed'; readonly how: 'now' | 'before' }
  | { readonly kind: 'step'; readonly submission: Submission };

/** How something came to be known: made now, found after its request's answer was lost, or known from before. */
type Origin = 'created' | 'found' | 'known';

export interface SubmitOptions {
  /** Where the state is kept; without it, it lasts as long as the call. */
  readonly checkpoint?: SubmitCheckpoint | undefined;
  /** Forgets the state that is kept and begins anew. */
  readonly startOver?: boolean | undefined;
  /** What ends the wait; `commit` does not wait. `signedPackage` by default. */
  readonly waitFor?: 'commit' | 'signedPackage' | 'driverMetadata' | undefined;
  /** Longest wait after the commit, in milliseconds. An hour by default. */
  readonly timeoutMs?: number | undefined;
  readonly pollIntervalMs?: number | undefined;
  /** How long a request of a process that died may still be under way, in milliseconds. 10,000 by default. */
  readonly settleMs?: number | undefined;
  /** By how much this clock may be ahead of the service's, in milliseconds. Five minutes by default. */
  readonly clockSkewMs?: number | undefined;
  readonly onEvent?: ((event: SubmitEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SubmitOutcome {
  readonly submission: Submission;
  readonly state: SubmitState;
  /** Bytes that this call uploaded; undefined when it was done before. */
  readonly uploadedBytes: number | undefined;
}

/** What becomes of the state; undefined takes away. */
type Changes = { readonly [Name in keyof SubmitState]?: SubmitState[Name] | undefined };

const DEFAULT_TIMEOUT_MS = 3_600_000;
const DEFAULT_SETTLE_MS = 10_000;
const DEFAULT_CLOCK_SKEW_MS = 300_000;
/** Time between two looks for what a lost request may still make. */
const LOOK_INTERVAL_MS = 1_000;
/** How often a creating request is made at most when its answers keep getting lost without effect. */
const MAXIMUM_CREATIONS = 4;
/** How often in a row what was just made may not be found. */
const TOLERATED_NOT_FOUND = 4;

function memoryCheckpoint(): SubmitCheckpoint {
  let kept: SubmitState | undefined;
  return {
    load: async () => kept,
    save: async (state) => {
      kept = state;
    },
  };
}

function sleep(signal: AbortSignal | undefined, milliseconds: number): Promise<void> {
  return delay(milliseconds, signal);
}

/** How to make one thing once. */
interface OnceOnly<Resource extends { readonly id: bigint }> {
  readonly what: 'product' | 'submission';
  /** What the state says of it. */
  readonly known: Creation | undefined;
  remember(creation: Creation | undefined): Promise<void>;
  create(beforeSending: () => Promise<void>): Promise<Resource>;
  /** `intendedAt`: when the request was first about to be sent, in milliseconds since 1970. */
  find(intendedAt: number): Promise<Resource | undefined>;
  /** Whether this refusal says that it is there already. */
  isThere?(error: HardwareApiError): boolean;
}

/**
 * Makes something at the service, unless it is there. Whatever happens between two statements of this function, running it
 * again with the state that was saved comes to the same thing.
 */
async function makeOnce<Resource extends { readonly id: bigint }>(
  thing: OnceOnly<Resource>,
  { settleMs = DEFAULT_SETTLE_MS, onEvent, signal }: SubmitOptions,
): Promise<{ readonly resource: Resource; readonly how: Origin }> {
  // The first intent says how old the thing can be, the last sign of a request how long it may still be under way.
  const { known } = thing;
  let first = known?.intendedAt;
  let unsettledUntil = Math.min(Date.parse(known?.lastSentAt ?? first ?? '') || 0, Date.now()) + settleMs;

  const remember = async (resource: Resource, how: Origin) => {
    await thing.remember({ intendedAt: first ?? new Date().toISOString(), id: String(resource.id) });
    return { resource, how };
  };
  const rememberSending = async () => {
    const lastSentAt = new Date().toISOString();
    first ??= lastSentAt;
    await thing.remember({ intendedAt: first, lastSentAt });
  };
  /** Looks for it, as long as a request may be under way. */
  const look = async (): Promise<Resource | undefined> => {
    onEvent?.({ kind: 'looking', what: thing.what });
    for (;;) {
      const settled = Date.now() >= unsettledUntil;
      const found = await thing.find(Date.parse(first ?? ''));
      if (found !== undefined || settled) return found;
      await sleep(signal, Math.min(LOOK_INTERVAL_MS, Math.max(50, unsettledUntil - Date.now())));
    }
  };

  for (let attempt = 1; ; attempt++) {
    if (first !== undefined) {
      const found = await look();
      if (found !== undefined) return remember(found, 'found');
    }
    let sent = false;
    try {
      const resource = await thing.create(async () => {
        await rememberSending();
        sent = true;
      });
      return await remember(resource, 'created');
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof HardwareApiError) || !sent) throw error;
      const there = thing.isThere?.(error) === true;
      if (!there && !error.isAmbiguous) {
        // Of a request that was refused nothing is left, but one before it may have been lost.
        if (attempt === 1) await thing.remember(known);
        throw error;
      }
      if (attempt >= MAXIMUM_CREATIONS) throw error;
      await rememberSending();
      // An answer of the service itself says that its work is over; a gateway's says nothing about that.
      unsettledUntil = Date.now() + (there || error.status === 500 ? Math.min(settleMs, LOOK_INTERVAL_MS) : settleMs);
    }
  }
}

/**
 * Takes a package all the way. Resolves when the commit is accepted and what `waitFor` names is there. Throws
 * HardwareApiError, SubmissionFailedError, WaitTimeoutError, and SubmissionMismatchError when the checkpoint holds the state
 * of something else. After any of them the same call with the same checkpoint goes on where this one ended.
 */
export async function submitAndWait(
  client: HardwareClient,
  request: SubmitRequest,
  options: SubmitOptions = {},
): Promise<SubmitOutcome> {
  const { checkpoint = memoryCheckpoint(), waitFor = 'signedPackage', onEvent, signal } = options;
  let state = await openState(request, options, checkpoint);
  const change = async (changes: Changes): Promise<void> => {
    const { product, submission, ...rest } = { ...state, ...changes };
    state = { ...rest, ...(product && { product }), ...(submission && { submission }) } as SubmitState;
    await checkpoint.save(state);
  };
  const { product: wanted, submissionName } = state.request;

  let productId = state.product?.id;
  if (productId === undefined) {
    if (wanted === undefined) throw new TypeError('submitAndWait needs either product or existing.');
    const { clockSkewMs = DEFAULT_CLOCK_SKEW_MS } = options;
    const { resource, how } = await makeOnce(
      {
        what: 'product',
        known: state.product,
        remember: (creation) => change({ product: creation }),
        create: (beforeSending) => client.createProduct(wanted, { beforeSending }),
        find: (intendedAt) =>
          findLostProduct(client, { product: wanted, submissionName, notBefore: intendedAt - clockSkewMs }),
      },
      options,
    );
    productId = String(resource.id);
    onEvent?.({ kind: 'product', how, productId });
  } else onEvent?.({ kind: 'product', how: 'known', productId });
  const product = productId;

  let submissionId = state.submission?.id;
  let submission: Submission | undefined;
  if (submissionId === undefined) {
    const { resource, how } = await makeOnce(
      {
        what: 'submission',
        known: state.submission,
        remember: (creation) => change({ submission: creation }),
        create: (beforeSending) =>
          asNew(
            () => client.createSubmission(product, { name: submissionName, type: 'initial' }, { beforeSending }),
            signal,
          ),
        find: () => asNew(() => findInitialSubmission(client, product), signal),
        isThere: ({ status, message }) =>
          status >= 400 && status < 500 && /initial submission already exists/i.test(message),
      },
      options,
    );
    submissionId = String(resource.id);
    if (how === 'created') submission = resource;
    onEvent?.({ kind: 'submission', how, productId, submissionId });
  } else onEvent?.({ kind: 'submission', how: 'known', productId, submissionId });

  const path = [productId, submissionId] as const;
  submission ??= await asNew(() => client.getSubmission(...path), signal);
  let uploadedBytes: number | undefined;
  if (submission.commitStatus.toLowerCase() === 'commitpending') {
    if (state.uploadedAt === undefined) {
      const { content, size } = request.package;
      uploadedBytes = await client.uploadPackage(submission, content, {
        resume: true,
        onProgress: (bytes) => onEvent?.({ kind: 'uploading', bytes, size }),
      });
      signal?.throwIfAborted();
      await change({ uploadedAt: new Date().toISOString() });
      onEvent?.({ kind: 'uploaded', bytes: uploadedBytes });
    }
    await change({ commitIntendedAt: new Date().toISOString() });
    await commit(client, productId, submissionId);
    await change({ committedAt: new Date().toISOString() });
    onEvent?.({ kind: 'committed', how: 'now' });
  } else {
    const now = new Date().toISOString();
    if (state.committedAt === undefined) await change({ uploadedAt: state.uploadedAt ?? now, committedAt: now });
    onEvent?.({ kind: 'committed', how: 'before' });
  }

  const final = await waitUntil(client, { productId, submissionId, waitFor }, options, change);
  return { submission: final, state, uploadedBytes };
}

function recordOf({ product, existing, submissionName, package: identity }: SubmitRequest): RecordedRequest {
  return {
    ...(product !== undefined && existing === undefined && { product }),
    submissionName: submissionName ?? product?.productName ?? '',
    package: { size: identity.size, sha256: identity.sha256 },
  };
}

/** Throws SubmissionMismatchError when the state was begun for another package, product or submission than is asked for. */
export function requireSameSubmission(state: SubmitState, request: SubmitRequest): void {
  const { existing } = request;
  const recorded = recordOf(request);
  if (existing === undefined) {
    requireSameRequest(state, recorded);
    return;
  }
  if (state.product?.id !== String(existing.productId) || state.submission?.id !== String(existing.submissionId)) {
    throw new SubmissionMismatchError('The submission to go on with is not the one of the state.', state);
  }
  requireSameRequest(state, { ...state.request, package: recorded.package });
}

/** The state to go on with, checked against the request, or a new one. */
async function openState(
  request: SubmitRequest,
  options: SubmitOptions,
  checkpoint: SubmitCheckpoint,
): Promise<SubmitState> {
  const { existing } = request;
  const kept = options.startOver ? undefined : await checkpoint.load();
  // A state in which nothing was made, nor can be under way, binds nobody.
  if (kept?.product !== undefined) {
    requireSameSubmission(kept, request);
    return kept;
  }
  const intendedAt = new Date().toISOString();
  return {
    version: 1,
    request: recordOf(request),
    ...(existing !== undefined && {
      product: { intendedAt, id: String(existing.productId) },
      submission: { intendedAt, id: String(existing.submissionId) },
    }),
  };
}

/** Tries again on 404: what was made may not be found in the first moments. */
async function asNew<Result>(operation: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof HardwareApiError) || error.status !== 404 || attempt >= TOLERATED_NOT_FOUND) throw error;
      await sleep(signal, attempt * 200);
    }
  }
}

/** Commits; a refusal because it was committed before counts as done. */
async function commit(client: HardwareClient, productId: string, submissionId: string): Promise<void> {
  try {
    await client.commitSubmission(productId, submissionId);
  } catch (error) {
    if (!(error instanceof HardwareApiError) || error.code.toLowerCase() !== 'requestinvalidforcurrentstate')
      throw error;
    const { commitStatus } = await client.getSubmission(productId, submissionId);
    if (commitStatus.toLowerCase() === 'commitpending') throw error;
  }
}

async function waitUntil(
  client: HardwareClient,
  what: { readonly productId: string; readonly submissionId: string; readonly waitFor: string },
  options: SubmitOptions,
  change: (changes: Changes) => Promise<void>,
): Promise<Submission> {
  const { productId, submissionId, waitFor } = what;
  if (waitFor === 'commit') return client.getSubmission(productId, submissionId);
  const waiting: SubmissionWaitOptions = {
    waitFor: waitFor === 'driverMetadata' ? 'driverMetadata' : 'signedPackage',
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    pollIntervalMs: options.pollIntervalMs,
    onProgress: (submission) => options.onEvent?.({ kind: 'step', submission }),
    ...(options.signal && { signal: options.signal }),
  };
  try {
    const final = await client.waitForSubmission(productId, submissionId, waiting);
    await change({ finishedAt: new Date().toISOString() });
    return final;
  } catch (error) {
    if (error instanceof SubmissionFailedError) await change({ failedAt: new Date().toISOString() });
    throw error;
  }
}
