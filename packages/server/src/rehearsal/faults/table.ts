// The faults as one table: what each one does, what is known of the real service about it, what it takes and what it does when
// nothing is said. The reader of flags, the reader of scripts, the schedule and docs/reference/faults.md go by it.
import type { FaultName, FaultSpecification, FaultTarget } from '../fault-specification.ts';

/** What a fault takes beside `on`, `after`, `times` and `probability`. */
export type FaultSetting = 'status' | 'retryAfter' | 'bytesPerSecond' | 'bytes' | 'seconds' | 'step' | 'message';

/** What a fault is about: requests of one kind, or steps of workflows. */
export type FaultArea = 'api' | 'blob' | 'submission' | 'step';

/** What stands after the colons of a flag. */
export type FlagArgument =
  | 'STATUS'
  | 'TIMES'
  | 'SECONDS'
  | 'SECONDS|none'
  | 'OPERATION'
  | 'BYTES'
  | 'BYTES_PER_SECOND'
  | 'STEP'
  | 'MESSAGE'
  | 'upload|download';

export interface FaultDefinition {
  /** What happens. */
  readonly summary: string;
  /** What is known of the real service. */
  readonly truth: string;
  readonly area: FaultArea;
  readonly settings: readonly FaultSetting[];
  /** Settings without which it means nothing. */
  readonly required: readonly FaultSetting[];
  readonly times: number | 'always';
  /** Which requests, when nothing is said. */
  readonly on?: FaultTarget;
  /** The settings that it has when they are not given. */
  readonly defaults: Partial<Pick<FaultSpecification, FaultSetting>>;
  /** The arguments of its flag, in order. Those of required settings must be given. */
  readonly flag: readonly FlagArgument[];
}

/** Every fault. */
export const FAULTS: Readonly<Record<FaultName, FaultDefinition>> = {
  throttle: {
    summary:
      'The request is refused with 429, in the shape of the gateway, and has no effect. `retryAfter` is the number of seconds in the Retry-After header, or null for none. Of URLs of packages it is 503 ServerBusy, as Azure says it.',
    truth:
      'Quotas are per minute, method and account, and nobody has published them. 429 was seen on the second call of a run. Whether the real answer has Retry-After is not known: try your client with and without.',
    area: 'api',
    settings: ['retryAfter'],
    required: [],
    times: 1,
    defaults: { retryAfter: 1 },
    flag: ['TIMES', 'SECONDS|none', 'OPERATION'],
  },
  error: {
    summary:
      'The request is refused with this status and has no effect: 5xx and 429 in the shape of the gateway, other codes as the API itself refuses.',
    truth:
      '500, 502 and 503 come in bursts and on any method. 500 says "Internal server error" in the gateway\'s shape.',
    area: 'api',
    settings: ['status'],
    required: ['status'],
    times: 1,
    defaults: {},
    flag: ['STATUS', 'TIMES', 'OPERATION'],
  },
  lost: {
    summary:
      'The request takes effect, and its answer is replaced by 502 (or `status`) of the gateway. A request that the service refuses is refused as ever.',
    truth:
      'Seen on commit: the gateway answers 502 or 503, the submission is committed all the same, and a second commit is refused with requestInvalidForCurrentState.',
    area: 'api',
    settings: ['status'],
    required: [],
    times: 1,
    on: { operation: 'commitSubmission' },
    defaults: { status: 502 },
    flag: ['OPERATION'],
  },
  drop: {
    summary: 'The request takes effect, and the connection is closed without an answer.',
    truth:
      'To a client this is a network that failed at the wrong moment. It cannot know whether the request took effect.',
    area: 'api',
    settings: [],
    required: [],
    times: 1,
    on: { operation: 'commitSubmission' },
    defaults: {},
    flag: ['OPERATION'],
  },
  slow: {
    summary: 'The request waits `seconds` before anything is done with it.',
    truth:
      'Time-outs are among what people report, also where the request took effect. The time-outs of published clients go from three minutes to none.',
    area: 'api',
    settings: ['seconds'],
    required: [],
    times: 'always',
    defaults: { seconds: 5 },
    flag: ['SECONDS', 'OPERATION'],
  },
  unauthorized: {
    summary:
      'The access token of the request is refused with 401 from now on. A new token from the token endpoint works. `times` is the number of tokens.',
    truth: 'Tokens last about an hour, a run with its waiting lasts longer. Clients must get a new one after 401.',
    area: 'api',
    settings: [],
    required: [],
    times: 1,
    defaults: {},
    flag: ['TIMES'],
  },
  'expired-sas': {
    summary:
      'A URL of a package has expired when it is handed out: Azure Storage refuses it with 403. Each blob counts once; asking for the submission again gives a URL that works. With the method PUT in `on` only URLs to upload to, with GET only those to download results from. The URL to read the initial package back is left alone.',
    truth:
      'The URLs are signed afresh at each GET of the submission and expire. A client that keeps one in a state file and goes on later meets this.',
    area: 'api',
    settings: [],
    required: [],
    times: 1,
    defaults: {},
    flag: ['TIMES', 'upload|download'],
  },
  'slow-blob': {
    summary:
      'The bytes of uploads and downloads through the URLs of packages pass no faster than `bytesPerSecond`, each transfer by itself.',
    truth: 'Packages have up to gigabytes, and offices have slow lines.',
    area: 'blob',
    settings: ['bytesPerSecond'],
    required: ['bytesPerSecond'],
    times: 'always',
    defaults: {},
    flag: ['BYTES_PER_SECOND', 'OPERATION'],
  },
  'cut-blob': {
    summary:
      'The connection is closed after so many bytes of an upload or a download. A transfer that is not longer than that is let through and not counted.',
    truth: 'Storage keeps blocks that arrived whole and drops the rest; downloads can be resumed by range.',
    area: 'blob',
    settings: ['bytes'],
    required: ['bytes'],
    times: 1,
    defaults: {},
    flag: ['BYTES', 'TIMES', 'OPERATION'],
  },
  stuck: {
    summary:
      'The step shows `started` and does not end: for `seconds`, or until the fault is removed. `times` is the number of workflows.',
    truth: 'Submissions hang for hours, and labels have hung for weeks, without any message.',
    area: 'step',
    settings: ['step', 'seconds'],
    required: ['step'],
    times: 'always',
    defaults: {},
    flag: ['STEP', 'SECONDS'],
  },
  fail: {
    summary:
      'The step fails, with one of the known messages or with a text of your own. At packageInfoValidation the submission also shows `commitFailed`. `times` is the number of workflows.',
    truth: 'The real service says little when a step fails; the known messages are those that people reported.',
    area: 'step',
    settings: ['step', 'message'],
    required: ['step'],
    times: 1,
    defaults: {},
    flag: ['STEP', 'MESSAGE'],
  },
  'early-completed': {
    summary:
      'A committed submission shows `completed` at a step before the last (`step`), without a signedPackage, at least once before it shows its result, however fast the workflow is.',
    truth:
      '`state` belongs to the step, not to the submission: each step can be seen as completed before the next begins. Clients that stop at the first `completed` find no signed package.',
    area: 'submission',
    settings: ['step'],
    required: [],
    times: 'always',
    defaults: { step: 'validation' },
    flag: ['STEP'],
  },
  'numeric-step': {
    summary: '`currentStep` is a number: the place of the step in the documented order, from 0.',
    truth:
      'A published client copes with numbers here, so they were seen. Clients that compare texts never end waiting. Which number is which step is not known.',
    area: 'submission',
    settings: [],
    required: [],
    times: 'always',
    defaults: {},
    flag: [],
  },
  'late-metadata': {
    summary: 'The driverMetadata appears `seconds` after the signedPackage was first shown.',
    truth: 'Driver metadata can come hours after the signed package. Clients that need both must wait for both.',
    area: 'submission',
    settings: ['seconds'],
    required: [],
    times: 'always',
    defaults: { seconds: 10 },
    flag: ['SECONDS'],
  },
  'missing-downloads': {
    summary: 'The answer that creates a submission has no `downloads`; a GET of the submission has them.',
    truth: 'The documents do not promise them in that answer. Most clients read the upload URL from it.',
    area: 'submission',
    settings: [],
    required: [],
    times: 'always',
    defaults: {},
    flag: [],
  },
};

/** Other names by which people may ask for a fault: what the first part of a flag is replaced by. */
export const FAULT_ALIASES: Readonly<Record<string, readonly [FaultName, ...string[]]>> = {
  '401': ['unauthorized'],
  '429': ['throttle'],
  '500': ['error', '500'],
  '502': ['lost'],
  '503': ['error', '503'],
  '504': ['error', '504'],
};

/** How a fault is written as a flag, such as `throttle[:TIMES[:SECONDS|none]]`. */
export function flagForm(name: FaultName): string {
  const { flag, required } = FAULTS[name];
  const mandatory = flag.slice(0, required.length).map((argument) => `:${argument}`);
  const optional = flag.slice(required.length);
  return `${name}${mandatory.join('')}${optional.map((argument) => `[:${argument}`).join('')}${']'.repeat(optional.length)}`;
}
