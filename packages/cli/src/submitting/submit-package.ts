// The whole way of a package on the command line: product, submission, upload, commit, wait, download. Run again after whatever
// ended it, it goes on where it was.
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileSource } from '@assay/authenticode';
import {
  type HardwareClient,
  type NewProduct,
  requireSameSubmission,
  type Submission,
  type SubmitEvent,
  submitAndWait,
  type SubmitRequest as Way,
} from '@assay/hardware-api';
import { refuseExisting } from '../atomic-file.ts';
import type { SubmissionReference } from '../identifiers.ts';
import type { Progress } from '../progress.ts';
import { checkPackage } from './check-package.ts';
import { type DownloadedFile, downloadToFile, forgetPartial, sha256OfFile } from './download-file.ts';
import type { StateFile } from './state-file.ts';
import { describeStep, resultOf, type SubmitResult } from './submit-result.ts';

/** What is downloaded, by its name in the result. */
export const OUTPUTS = ['signedPackage', 'driverMetadata'] as const;
export type Output = (typeof OUTPUTS)[number];

export interface SubmitRequest {
  readonly client: HardwareClient;
  readonly progress: Progress;
  readonly packagePath: string;
  /** What to create; undefined with `resume`. */
  readonly product: NewProduct | undefined;
  /** Goes on with this submission instead of making a product. */
  readonly resume?: SubmissionReference | undefined;
  /** Undefined: nothing outlives this process. */
  readonly stateFile?: StateFile | undefined;
  /** Where downloads go; none when they are not waited for. */
  readonly outputs: Readonly<Partial<Record<Output, string>>>;
  readonly force: boolean;
  /** Looks at the signed package before it gets its name. */
  readonly verify?: ((path: string) => Promise<void>) | undefined;
  readonly timeoutMs: number;
  readonly pollIntervalMs: number | undefined;
  readonly settleMs: number | undefined;
  /** Told what is known as soon as it is, so that it can be printed whatever happens next. */
  readonly onKnown?: (reference: SubmissionReference) => void;
  readonly signal?: AbortSignal | undefined;
}

function wantedOutputs({ outputs }: Pick<SubmitRequest, 'outputs'>): [Output, string][] {
  return OUTPUTS.flatMap((name): [Output, string][] => {
    const path = outputs[name];
    return path === undefined ? [] : [[name, path]];
  });
}

/** SHA-256 of an open file in lower-case hex: of the very bytes that go up, whatever becomes of its name meanwhile. */
async function sha256Of(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
  return hash.digest('hex');
}

/** The file at this path, when it is the very one that the state knows. */
async function ours(request: SubmitRequest, name: Output, path: string): Promise<DownloadedFile | undefined> {
  const known = request.stateFile?.record?.result?.[name];
  return known !== undefined && (await sha256OfFile(path)) === known.sha256 ? { ...known, path } : undefined;
}

/** The result of an earlier run, when everything that is asked for now is there as that run left it. */
async function finishedResult(request: SubmitRequest, way: Way): Promise<SubmitResult | undefined> {
  const { result, submission } = request.stateFile?.record ?? {};
  const wanted = wantedOutputs(request);
  if (result === undefined || submission === undefined || wanted.length === 0) return undefined;
  let current: SubmitResult = result;
  for (const [name, path] of wanted) {
    const file = await ours(request, name, path);
    if (file === undefined) return undefined;
    current = { ...current, [name]: file };
  }
  requireSameSubmission(submission, way);
  const { signedPackage } = current;
  if (request.verify !== undefined && signedPackage !== undefined) {
    await request.verify(signedPackage.path);
    current = { ...current, verified: true };
  }
  for (const [, path] of wanted) await forgetPartial(path);
  return current;
}

/** Turns what happens into lines. */
function showEvents(request: SubmitRequest): (event: SubmitEvent) => void {
  const { progress, onKnown } = request;
  const words = { created: 'created', found: 'found, made by a request whose answer was lost', known: 'found' };
  return (event) => {
    switch (event.kind) {
      case 'product':
        return progress.note(`product ${event.productId} ${words[event.how]}`);
      case 'submission':
        onKnown?.({ productId: event.productId, submissionId: event.submissionId });
        return progress.note(`submission ${event.submissionId} ${words[event.how]}`);
      case 'looking':
        return progress.note(`looking whether the ${event.what} was made by a request whose answer was lost`);
      case 'uploading':
        return progress.count('uploading', event.bytes, event.size);
      case 'uploaded':
        return progress.note(`uploaded ${event.bytes} bytes`);
      case 'committed':
        return progress.note(event.how === 'now' ? 'committed' : 'committed before');
      case 'step':
        return progress.wait(describeStep(event.submission));
    }
  };
}

function takeAllTheWay(request: SubmitRequest, way: Way) {
  const { client, stateFile, signal } = request;
  const waitFor =
    request.outputs.driverMetadata !== undefined
      ? 'driverMetadata'
      : request.outputs.signedPackage !== undefined
        ? 'signedPackage'
        : 'commit';
  return submitAndWait(client, way, {
    checkpoint: stateFile?.checkpoint,
    waitFor,
    timeoutMs: request.timeoutMs,
    pollIntervalMs: request.pollIntervalMs,
    settleMs: request.settleMs,
    onEvent: showEvents(request),
    signal,
  });
}

async function fetchOutputs(
  request: SubmitRequest,
  submission: Submission,
  begun: SubmitResult,
): Promise<SubmitResult> {
  const { client, progress, force, stateFile, verify } = request;
  let result = begun;
  for (const [name, path] of wantedOutputs(request)) {
    const there = await ours(request, name, path);
    const checked = name === 'signedPackage' && verify !== undefined && { verified: true };
    if (there !== undefined) {
      result = { ...result, [name]: there, ...checked };
      continue;
    }
    const keep = async (file: DownloadedFile) => {
      result = { ...result, [name]: file, ...checked };
      await stateFile?.finish(result);
    };
    const target = { path, force, onComplete: keep, ...(name === 'signedPackage' && { check: verify }) };
    await downloadToFile(client, submission, name, target, progress);
  }
  await stateFile?.finish(result);
  return result;
}

/**
 * Submits a package. Throws CommandError when it is refused before sending, SubmissionMismatchError when the state is that of
 * something else, SubmissionFailedError when its workflow fails, WaitTimeoutError when it takes longer than allowed. Resolves
 * with what was asked for among the downloads.
 */
export async function submitPackage(request: SubmitRequest): Promise<SubmitResult> {
  const { progress, packagePath } = request;
  for (const [name, path] of wantedOutputs(request)) {
    if ((await ours(request, name, path)) === undefined) await refuseExisting(path, request.force);
  }
  const handle = await open(packagePath, 'r');
  try {
    const { size } = await handle.stat();
    for (const warning of await checkPackage(handle, packagePath, size)) progress.note(`warning: ${warning}`);
    const sha256 = await sha256Of(handle);
    const { product, resume: existing } = request;
    const way: Way = { product, existing, package: { content: fileSource(handle, size), size, sha256 } };
    const finished = await finishedResult(request, way);
    if (finished !== undefined) {
      progress.note('already done');
      return finished;
    }
    const { submission, uploadedBytes } = await takeAllTheWay(request, way);
    const begun = { ...resultOf(submission), ...(uploadedBytes !== undefined && { uploadedBytes }) };
    return await fetchOutputs(request, submission, begun);
  } finally {
    await handle.close();
  }
}
