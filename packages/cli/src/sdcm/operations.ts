// What one run of sdcm does. Of several options that ask for something the first in this order counts, as in sdcm.
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  findDownload,
  HardwareApiError,
  type HardwareClient,
  hasFailed,
  maskUrl,
  type NewProduct,
  type NewShippingLabel,
  type NewSubmission,
  parseDriverMetadata,
  type Submission,
} from '@assay/hardware-api';
import { writeAtomically } from '../atomic-file.ts';
import { withFile } from '../with-file.ts';
import type { SdcmArguments } from './arguments.ts';
import { type CreateInput, readCreateInput } from './create-input.ts';
import {
  dumpAudience,
  dumpProduct,
  dumpShippingLabel,
  dumpStatus,
  dumpSubmission,
  type ShownStatus,
  say,
} from './dump.ts';
import { type ReturnName, SdcmFailure } from './return-codes.ts';

export interface Run {
  readonly client: HardwareClient;
  readonly options: SdcmArguments;
  readonly signal: AbortSignal;
}

export interface Operation {
  /** Named when the service throttles it. */
  readonly name: string;
  /** What a refused call returns. */
  readonly failure: ReturnName;
  /** What this refusal returns, where that is something else. */
  readonly refusal?: (error: HardwareApiError) => ReturnName | undefined;
  run(run: Run): Promise<void>;
}

/** The first look comes after this long, further ones later and later. */
const FIRST_LOOK_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** Longest wait for the report of a failure. */
const REPORT_LIMIT_MS = 30_000;
const GO_LIVE_AFTER_MS = 7 * 24 * 3_600_000;

/** The ids that an operation needs. Throws SdcmFailure, having said which are missing. */
function requireIds(
  { productid, submissionid, publisherid }: SdcmArguments,
  returns: Partial<Record<'publisherid' | 'productid' | 'submissionid', ReturnName>>,
): { productId: string; submissionId: string; publisherId: string } {
  const given = { publisherid, productid, submissionid };
  const missing = Object.entries(returns).filter(([name]) => given[name as keyof typeof given] === undefined);
  const [, last] = missing.at(-1) ?? [];
  if (last !== undefined) {
    throw new SdcmFailure(last, missing.map(([name]) => `> ERROR: ${name} not specified`).join('\n'));
  }
  return { productId: productid ?? '', submissionId: submissionid ?? '', publisherId: publisherid ?? '' };
}

/** Every hardware id of the driver metadata, as sdcm targets them. */
async function allHardwareIds(client: HardwareClient, submission: Submission) {
  say('> Get Driver Metadata');
  const chunks: Uint8Array[] = [];
  const url = findDownload(submission, 'driverMetadata');
  if (url !== undefined) say(`> driverMetadata Url: ${maskUrl(url)}`);
  await client.download(submission, 'driverMetadata', { write: (bytes) => void chunks.push(bytes.slice()) });
  return [...parseDriverMetadata(Buffer.concat(chunks).toString('utf8')).combinations];
}

async function createLabel({ client, options }: Run, body: CreateInput['body']): Promise<void> {
  const { productId, submissionId } = requireIds(options, {
    productid: 'NEW_SHIPPING_LABEL_PRODUCT_ID_MISSING',
    submissionid: 'NEW_SHIPPING_LABEL_SUBMISSION_ID_MISSING',
  });
  let hardwareIds: NewShippingLabel['targeting']['hardwareIds'];
  try {
    hardwareIds = await allHardwareIds(client, await client.getSubmission(productId, submissionId));
  } catch (error) {
    if (!(error instanceof HardwareApiError) || error.status === 0 || error.status === 429) throw error;
    throw new SdcmFailure('NEW_SHIPPING_LABEL_GET_SUBMISSION_API_FAILED', `> ERROR: ${error.message}`);
  }
  const label = body as Partial<NewShippingLabel>;
  const { partnerid } = options;
  if (partnerid !== undefined) say(`> Shipping to Partner (not Windows Update): ${partnerid}`);
  const request = {
    ...label,
    targeting: { ...label.targeting, hardwareIds },
    publishingSpecifications: {
      ...label.publishingSpecifications,
      goLiveDate: new Date(Date.now() + GO_LIVE_AFTER_MS).toISOString(),
    },
    ...(partnerid === undefined
      ? {}
      : {
          destination: 'anotherPartner',
          recipientSpecifications: { enforceChidTargeting: false, receiverPublisherId: partnerid },
        }),
  } as NewShippingLabel;
  say('> Creating Shipping Label');
  dumpShippingLabel(await client.createShippingLabel(productId, submissionId, request));
}

/** `-create`, whose file is read before anybody signs in. */
async function createOperation(path: string): Promise<Operation> {
  const { type, body } = await readCreateInput(path);
  if (type === 'product') {
    return {
      name: 'CreateOption NewProduct',
      failure: 'NEW_PRODUCT_API_FAILED',
      async run({ client }) {
        say('> Create Option');
        dumpProduct(await client.createProduct(body as unknown as NewProduct));
      },
    };
  }
  if (type === 'submission') {
    return {
      name: 'CreateOption NewSubmission',
      failure: 'NEW_SUBMISSION_API_FAILED',
      async run({ client, options }) {
        say('> Create Option');
        const { productId } = requireIds(options, { productid: 'NEW_SUBMISSION_PRODUCT_ID_MISSING' });
        say('> Creating Submission');
        dumpSubmission(await client.createSubmission(productId, body as unknown as NewSubmission));
      },
    };
  }
  return {
    name: 'CreateOption NewShippingLabel',
    failure: 'NEW_SHIPPING_LABEL_CREATE_API_FAILED',
    async run(run) {
      say('> Create Option');
      await createLabel(run, body);
    },
  };
}

const COMMIT: Operation = {
  name: 'CommitOption CommitSubmission',
  failure: 'COMMIT_API_FAILED',
  refusal: ({ code }) =>
    code.toLowerCase() === 'requestinvalidforcurrentstate' ? 'COMMIT_REQUEST_INVALID_FOR_CURRENT_STATE' : undefined,
  async run({ client, options }) {
    say('> Commit Option');
    const { productId, submissionId } = requireIds(options, {
      productid: 'COMMIT_PRODUCT_ID_MISSING',
      submissionid: 'COMMIT_SUBMISSION_ID_MISSING',
    });
    say('> Sending Commit');
    await client.commitSubmission(productId, submissionId);
    say('> Commit OK');
  },
};

const LISTS: Readonly<Record<string, Operation>> = {
  product: {
    name: 'ListOption GetProducts',
    failure: 'LIST_GET_PRODUCTS_API_FAILED',
    async run({ client, options: { productid } }) {
      if (productid !== undefined) return dumpProduct(await client.getProduct(productid));
      for await (const product of client.listProducts()) dumpProduct(product);
    },
  },
  submission: {
    name: 'ListOption GetSubmission',
    failure: 'LIST_GET_SUBMISSION_API_FAILED',
    refusal: ({ code }) => (code.toLowerCase() === 'entitynotfound' ? 'SUBMISSION_ENTITY_NOT_FOUND' : undefined),
    async run({ client, options: { productid = '', submissionid } }) {
      if (submissionid !== undefined) return dumpSubmission(await client.getSubmission(productid, submissionid));
      for await (const submission of client.listSubmissions(productid)) dumpSubmission(submission);
    },
  },
  shippinglabel: {
    name: 'ListOption GetShippingLabels',
    failure: 'LIST_GET_SHIPPING_LABEL_API_FAILED',
    async run({ client, options: { productid = '', submissionid = '', shippinglabelid } }) {
      const submission = { productId: productid, submissionId: submissionid };
      if (shippinglabelid !== undefined) {
        return dumpShippingLabel(await client.getShippingLabel({ ...submission, shippingLabelId: shippinglabelid }));
      }
      for await (const label of client.listShippingLabels(productid, submissionid)) dumpShippingLabel(label);
    },
  },
  partnersubmission: {
    name: 'ListOption GetPartnerSubmission',
    failure: 'LIST_GET_PARTNER_SUBMISSION_API_FAILED',
    async run({ client, options: { publisherid = '', productid = '', submissionid = '' } }) {
      const path = { publisherId: publisherid, productId: productid, submissionId: submissionid };
      dumpSubmission(await client.getPartnerSubmission(path));
    },
  },
};

function listOperation(which: string): Operation {
  const operation = LISTS[which.toLowerCase()];
  if (operation === undefined) {
    throw new SdcmFailure('LIST_INVALID_OPTION', `Error Parsing Options: ListOption invalid - ${which}`);
  }
  return {
    ...operation,
    async run(run) {
      say(`> List Option ${which}`);
      await operation.run(run);
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Where a download goes. Throws SdcmFailure when that cannot be. */
async function requireTarget(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  if (!(await exists(folder))) {
    throw new SdcmFailure('DOWNLOAD_OUTPUT_PATH_NOT_EXIST', `> ERROR: Output path does not exist: ${folder}`);
  }
  if (await exists(path)) {
    throw new SdcmFailure('DOWNLOAD_OUTPUT_FILE_ALREADY_EXISTS', `> ERROR: Output file exists already: ${path}`);
  }
}

async function downloadItem(
  { client }: Run,
  submission: Submission,
  type: string,
  path: string,
  force: boolean,
): Promise<void> {
  say(`> ${type} Url: ${maskUrl(findDownload(submission, type) ?? '')}`);
  await writeAtomically(path, force, (handle) =>
    client.download(submission, type, { write: (bytes) => handle.writeFile(bytes) }, { digest: createHash('sha256') }),
  );
}

function downloadOperation(path: string): Operation {
  return {
    name: 'DownloadOption GetSubmission',
    failure: 'DOWNLOAD_GET_SUBMISSION_API_FAILED',
    async run(run) {
      say(`> Download Option ${path}`);
      await requireTarget(path);
      const { productId, submissionId } = requireIds(run.options, {
        productid: 'DOWNLOAD_PRODUCT_ID_MISSING',
        submissionid: 'DOWNLOAD_SUBMISSION_ID_MISSING',
      });
      say('> Fetch Submission Info');
      const submission = await run.client.getSubmission(productId, submissionId);
      if (findDownload(submission, 'signedPackage') === undefined) {
        const message = '> ERROR: There is no signed package yet; wait for it with -wait.';
        throw new SdcmFailure('DOWNLOAD_GET_SUBMISSION_API_FAILED', message);
      }
      await downloadItem(run, submission, 'signedPackage', path, false);
    },
  };
}

function metadataOperation(path: string): Operation {
  return {
    name: 'MetadataOption GetSubmission',
    failure: 'METADATA_GET_SUBMISSION_API_FAILED',
    async run(run) {
      say(`> Metadata Download Option ${path}`);
      const { productId, submissionId } = requireIds(run.options, {
        productid: 'METADATA_PRODUCT_ID_MISSING',
        submissionid: 'METADATA_SUBMISSION_ID_MISSING',
      });
      say('> Fetch Submission Info');
      const submission = await run.client.getSubmission(productId, submissionId);
      if (findDownload(submission, 'driverMetadata') === undefined) {
        const message = '> ERROR: No Metadata available for this submission';
        throw new SdcmFailure('METADATA_GET_SUBMISSION_API_FAILED', message);
      }
      await downloadItem(run, submission, 'driverMetadata', path, true);
    },
  };
}

function uploadOperation(path: string): Operation {
  return {
    name: 'SubmissionPackagePath GetSubmission',
    failure: 'UPLOAD_GET_SUBMISSION_API_FAILED',
    async run({ client, options }) {
      say('> Upload Option');
      const { productId, submissionId } = requireIds(options, {
        productid: 'UPLOAD_PRODUCT_ID_MISSING',
        submissionid: 'UPLOAD_SUBMISSION_ID_MISSING',
      });
      say('> Fetch Submission Info');
      const submission = await client.getSubmission(productId, submissionId);
      say(`> initialPackage Url: ${maskUrl(findDownload(submission, 'initialPackage') ?? '')}`);
      say('> Uploading Submission Package');
      try {
        await withFile(path, (source) => client.uploadPackage(submission, source));
      } catch (error) {
        if (!(error instanceof HardwareApiError) || error.status === 429) throw error;
        throw new SdcmFailure('PARTNER_CENTER_HTTP_EXCEPTION', `> ERROR: The upload failed: ${error.message}`);
      }
    },
  };
}

interface Looked {
  readonly status: ShownStatus | undefined;
  /** What is said when it is done; undefined while it is not. */
  readonly done: string | undefined;
  /** Whether it ended badly. */
  readonly failed?: boolean;
}

/** Looks until it is done. Throws SdcmFailure `failed` when the workflow failed. */
async function waitUntilDone(look: () => Promise<Looked>, failed: ReturnName, signal: AbortSignal): Promise<void> {
  let last = '';
  let interval = FIRST_LOOK_MS;
  for (;;) {
    const looked = await look().catch((error: unknown) => {
      // A wait outlasts a service that throttles it, as sdcm's does.
      if (error instanceof HardwareApiError && error.status === 429) return undefined;
      throw error;
    });
    if (looked === undefined) {
      await sleep(LONGEST_WAIT_MS, undefined, { signal });
      continue;
    }
    const { status, done, failed: hasEnded = false } = looked;
    const phase = `${status?.currentStep} ${status?.state}`;
    if (status !== undefined && phase !== last) {
      dumpStatus(status);
      interval = FIRST_LOOK_MS;
    }
    last = phase;
    if (hasEnded) throw new SdcmFailure(failed, '> Done');
    if (done !== undefined) {
      say(done);
      say('> Done');
      return;
    }
    await sleep(interval, undefined, { signal });
    interval = Math.min(interval * 1.5, LONGEST_WAIT_MS);
  }
}

/** The text of a failed submission's report. */
async function sayErrorReport(url: string | null | undefined): Promise<void> {
  if (!url) return;
  say('> Error Report:');
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(REPORT_LIMIT_MS) });
    say(answer.ok ? await answer.text() : `(not readable: HTTP ${answer.status})`);
  } catch {
    // What counts is that the submission failed.
    say('(not readable: no answer)');
  }
}

function lookAtSubmission({ client, options }: Run, productId: string, submissionId: string): () => Promise<Looked> {
  const told = new Set<string>();
  const tell = (submission: Submission, type: string): boolean => {
    const url = findDownload(submission, type);
    if (url === undefined) return false;
    if (!told.has(type)) say(`> ${type} Url: ${maskUrl(url)}`);
    told.add(type);
    return true;
  };
  return async () => {
    const submission = await client.getSubmission(productId, submissionId);
    const status = submission.workflowStatus ?? undefined;
    const hasMetadata = tell(submission, 'driverMetadata');
    const isSigned = tell(submission, 'signedPackage');
    const failed = !isSigned && hasFailed(submission);
    if (failed) await sayErrorReport(status?.errorReport);
    const ready = options.waitmetadata === true ? '> Submission Ready with Metadata' : '> Submission Ready';
    const isDone = isSigned && (options.waitmetadata !== true || hasMetadata);
    return { status, done: isDone ? ready : undefined, failed };
  };
}

function lookAtLabel({ client }: Run, productId: string, submissionId: string, label: string): () => Promise<Looked> {
  return async () => {
    const { workflowStatus } = await client.getShippingLabel({ productId, submissionId, shippingLabelId: label });
    // A label that was just made can have none.
    if (!workflowStatus) return { status: undefined, done: undefined };
    const { currentStep, state } = workflowStatus;
    const isShared = currentStep === 'finalizeSharing' && state === 'completed';
    const isApproved =
      currentStep === 'microsoftApproval' || (currentStep === 'finalizePublishing' && state === 'completed');
    return {
      status: workflowStatus,
      done: isShared ? '> Shipping Label for Sharing Ready' : isApproved ? '> Shipping Label Ready' : undefined,
      failed: state.toLowerCase() === 'failed',
    };
  };
}

function waitOperation(label: string | undefined): Operation {
  return {
    name: `WaitOption ${label === undefined ? 'GetSubmission' : 'GetShippingLabels'}`,
    failure: label === undefined ? 'WAIT_GET_SUBMISSION_API_FAILED' : 'WAIT_GET_SHIPPING_LABEL_API_FAILED',
    async run(run) {
      say('> Wait Option');
      const { productId, submissionId } = requireIds(run.options, {
        productid: 'WAIT_PRODUCT_ID_MISSING',
        submissionid: 'WAIT_SUBMISSION_ID_MISSING',
      });
      await (label === undefined
        ? waitUntilDone(lookAtSubmission(run, productId, submissionId), 'WAIT_SUBMISSION_FAILED_IN_HWDC', run.signal)
        : waitUntilDone(
            lookAtLabel(run, productId, submissionId, label),
            'WAIT_SHIPPING_LABEL_FAILED_IN_HWDC',
            run.signal,
          ));
    },
  };
}

const AUDIENCE: Operation = {
  name: 'AudienceOption GetAudiences',
  failure: 'AUIDENCE_GET_AUDIENCE_API_FAILED',
  async run({ client }) {
    say('> Audience Option');
    for (const audience of await client.listAudiences()) dumpAudience(audience);
  },
};

const CREATE_METADATA: Operation = {
  name: 'CreateMetaData CreateMetaData',
  failure: 'CREATEMETADATA_API_FAILED',
  async run({ client, options }) {
    say('> Create MetaData Option');
    const { productId, submissionId } = requireIds(options, {
      productid: 'CREATEMETADATA_PRODUCT_ID_MISSING',
      submissionid: 'CREATEMETADATA_SUBMISSION_ID_MISSING',
    });
    say('> Sending Create MetaData');
    await client.createPublisherMetadata(productId, submissionId);
    say('> Create MetaData OK');
  },
};

const TRANSLATE: Operation = {
  name: 'TranslateOption GetPartnerSubmission',
  failure: 'TRANSLATE_API_FAILED',
  async run({ client, options }) {
    say('> Translate Option');
    const path = requireIds(options, {
      publisherid: 'TRANSLATE_PUBLISHER_ID_MISSING',
      productid: 'TRANSLATE_PRODUCT_ID_MISSING',
      submissionid: 'TRANSLATE_SUBMISSION_ID_MISSING',
    });
    say('> Requesting Translation');
    const submission = await client.getPartnerSubmission(path);
    say('> Translate OK');
    dumpSubmission(submission);
  },
};

/** What these options ask for. Throws SdcmFailure when it is nothing, or when it cannot be. */
export async function chooseOperation(options: SdcmArguments): Promise<Operation> {
  const { create, commit, list, download, metadata, upload, wait, audience, createmetadata, translate } = options;
  if (create !== undefined) return await createOperation(create);
  if (commit === true) return COMMIT;
  if (list !== undefined) return listOperation(list);
  if (download !== undefined) return downloadOperation(download);
  if (metadata !== undefined) return metadataOperation(metadata);
  if (upload !== undefined) return uploadOperation(upload);
  if (wait === true) return waitOperation(options.shippinglabelid);
  if (audience === true) return AUDIENCE;
  if (createmetadata === true) return CREATE_METADATA;
  if (translate === true) return TRANSLATE;
  throw new SdcmFailure(
    'COMMAND_LINE_OPTION_PARSING_FAILED',
    'Error Parsing Options: nothing is asked for. Try running with just "--help" for more information.',
  );
}
