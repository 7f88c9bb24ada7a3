// Step 5 of publishing: writes down what is published, as one JSON document. It is what an approver decides about, and the
// record of what went out.
import { createHash } from 'node:crypto';
import { stringifyJson, type Targeting } from '@assay/hardware-api';
import { findSignedFiles, setUpdateBlob, UPDATE_CONTAINER } from '../../store/shipping-label-runs.ts';
import { listDownloads } from '../../store/submissions.ts';
import type { Step } from '../workflow.ts';
import { type LabelRequest, loadLabelRequest } from './label-request.ts';
import type { ShippingLabelServices } from './shipping-label-services.ts';

/** Name and version of the document's form. */
const FORMAT = 'assay-driver-update/1';

export interface GeneratedUpdate {
  /** The blob in the container `updates`; its name is the SHA-256 of its bytes, lower-case hex. */
  readonly blob: string;
  readonly length: number;
}

interface SignedPackage {
  readonly fileName: string;
  readonly sha256: string;
  readonly length: bigint;
}

async function findSignedPackage(
  { database, blobs }: ShippingLabelServices,
  submissionId: bigint,
): Promise<SignedPackage | undefined> {
  const downloads = await listDownloads(database, submissionId);
  const download = downloads.find(({ type }) => type === 'signedPackage');
  const blob = download && (await blobs.find(download.container, download.blob));
  return download && blob && { fileName: download.file_name, sha256: blob.sha256, length: blob.length };
}

function entriesInState(targeting: Targeting, state: 'pendingAdd' | 'pendingRemove') {
  return {
    hardwareIds: targeting.hardwareIds
      .filter(({ distributionState }) => distributionState === state)
      .map(({ distributionState: _state, ...combination }) => combination),
    chids: targeting.chids.filter(({ distributionState }) => distributionState === state).map(({ chid }) => chid),
  };
}

/** The document. It holds nothing that differs when it is made again. */
function describeUpdate(
  request: LabelRequest,
  signed: SignedPackage,
  files: readonly { readonly path: string; readonly sha256: string; readonly size: number }[],
) {
  const { run, label, submission, product, targeting, publishing, reached } = request;
  const { hardwareIds: _ids, chids: _chids, ...limits } = targeting;
  return {
    format: FORMAT,
    shippingLabelId: label.id,
    productId: product.id,
    submissionId: submission.id,
    publisherId: label.account_id,
    name: label.name,
    productName: product.product_name,
    update: {
      id: run.id,
      purpose: run.purpose,
      requestedBy: run.requested_by,
      requestedDateTime: run.created_at,
      businessJustification: run.business_justification,
    },
    package: signed,
    files,
    publishingSpecifications: publishing,
    targeting: {
      add: entriesInState(targeting, 'pendingAdd'),
      remove: entriesInState(targeting, 'pendingRemove'),
      hardwareIds: reached.hardwareIds.map(({ distributionState: _state, ...combination }) => combination),
      chids: reached.chids.map(({ chid }) => chid),
      ...limits,
    },
  };
}

export function updateGeneration(services: ShippingLabelServices): Step {
  const { database, blobs } = services;
  return {
    name: 'updateGeneration',
    async run(context) {
      const request = await loadLabelRequest(services, context.subjectId);
      const { submission } = request;
      const signed = await findSignedPackage(services, submission.id);
      if (signed === undefined) {
        return { kind: 'failed', messages: ['The submission has no signed package that could be published.'] };
      }
      // A shared submission was signed as its publisher's.
      const files = await findSignedFiles(database, submission.source_submission_id ?? submission.id);
      const bytes = Buffer.from(stringifyJson(describeUpdate(request, signed, files), 2));
      const output: GeneratedUpdate = {
        blob: createHash('sha256').update(bytes).digest('hex'),
        length: bytes.length,
      };
      await blobs.put(
        UPDATE_CONTAINER,
        output.blob,
        (async function* () {
          yield bytes;
        })(),
        { contentType: 'application/json' },
      );
      return {
        kind: 'completed',
        output: { ...output },
        apply: (transaction) => setUpdateBlob(transaction, context.subjectId, output.blob),
      };
    },
  };
}
