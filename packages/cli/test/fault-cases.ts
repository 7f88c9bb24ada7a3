// What our own SDK and `assay submit` come through, and what they end with where they cannot.
import { SubmissionFailedError, WaitTimeoutError } from '@assay/hardware-api';
import type { FaultName } from '@assay/server';
import { EXIT, type ExitCode } from '../src/index.ts';

export interface FaultCase {
  readonly what: string;
  readonly faults: readonly (string | object)[];
  /** What the command ends with while the fault is there; 0 unless given. */
  readonly code?: ExitCode;
  /** The error of the SDK, where it does not come through. */
  readonly sdk?: typeof SubmissionFailedError | typeof WaitTimeoutError;
  /** What `assay submit` is asked beyond the ordinary. */
  readonly options?: readonly string[];
  /** What it says on stderr. */
  readonly says?: RegExp;
  /** Whether the same command finishes once the fault is gone; not so where the service has failed for good. */
  readonly finishesLater?: boolean;
  /** Whether the fault shows in the journal, as those of single requests do. */
  readonly inJournal?: boolean;
}

/** Every fault in at least one form. */
export const FAULT_CASES: Readonly<Record<FaultName, readonly FaultCase[]>> = {
  throttle: [
    { what: 'with Retry-After', faults: ['throttle:3:1'], inJournal: true },
    { what: 'without Retry-After', faults: ['throttle:2:none'], inJournal: true },
    {
      what: 'that does not end',
      faults: [{ fault: 'throttle', times: 'always', retryAfter: 0, on: { operation: 'createProduct' } }],
      code: EXIT.rateLimited,
      finishesLater: true,
      inJournal: true,
    },
  ],
  error: [
    { what: 'a burst of 500', faults: [{ fault: 'error', status: 500, times: 3, after: 2 }], inJournal: true },
    { what: '503 on the commit', faults: ['error:503:2:commitSubmission'], inJournal: true },
    { what: '503 on the creation of the product', faults: ['error:503:1:createProduct'], inJournal: true },
    { what: '500 on the upload', faults: ['error:500:2:putBlob'], inJournal: true },
  ],
  lost: [
    { what: 'the answer to the commit', faults: ['lost'], inJournal: true },
    { what: 'the answer to the creation of the product', faults: ['lost:createProduct'], inJournal: true },
    { what: 'the answer to the creation of the submission', faults: ['lost:createSubmission'], inJournal: true },
  ],
  drop: [
    { what: 'the connection of the commit', faults: ['drop'], inJournal: true },
    { what: 'the connection of the creation of the product', faults: ['drop:createProduct'], inJournal: true },
    { what: 'the connection of the creation of the submission', faults: ['drop:createSubmission'], inJournal: true },
  ],
  slow: [{ what: 'the look at the submission', faults: ['slow:1:getSubmission'], inJournal: true }],
  unauthorized: [
    { what: 'two tokens, in mid-run', faults: [{ fault: 'unauthorized', times: 2, after: 2 }], inJournal: true },
  ],
  'expired-sas': [
    { what: 'of the upload', faults: ['expired-sas:1:upload'] },
    { what: 'of the download', faults: ['expired-sas:1:download'] },
  ],
  'slow-blob': [{ what: 'in both directions', faults: ['slow-blob:20000'], inJournal: true }],
  'cut-blob': [
    { what: 'of the upload', faults: ['cut-blob:1000:2:putBlob'], inJournal: true },
    { what: 'of the download', faults: ['cut-blob:1000:2:getBlob'], inJournal: true },
  ],
  stuck: [
    {
      what: 'until it is removed',
      faults: ['stuck:scanning'],
      options: ['--timeout', '2s'],
      code: EXIT.timeout,
      sdk: WaitTimeoutError,
      finishesLater: true,
    },
    { what: 'for a while', faults: ['stuck:signing:1'] },
  ],
  fail: [
    {
      what: 'with a known message',
      faults: ['fail:packageInfoValidation:SignatureValidationFailed'],
      code: EXIT.workflowFailed,
      sdk: SubmissionFailedError,
      says: /SignatureValidationFailed/,
    },
    {
      what: 'with a text of our own',
      faults: ['fail:scanning:A virus was found in echo.sys.'],
      code: EXIT.workflowFailed,
      sdk: SubmissionFailedError,
      says: /A virus was found in echo\.sys\./,
    },
  ],
  'early-completed': [{ what: 'before the signed package', faults: ['early-completed'], inJournal: true }],
  'numeric-step': [{ what: 'for currentStep', faults: ['numeric-step'], inJournal: true }],
  'late-metadata': [
    { what: 'after the signed package', faults: ['late-metadata:1'], options: ['--metadata', 'metadata.json'] },
  ],
  'missing-downloads': [{ what: 'in the answer to the creation', faults: ['missing-downloads'], inJournal: true }],
};
