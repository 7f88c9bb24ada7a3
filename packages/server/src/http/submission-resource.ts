// The submission resource as the API writes it, with its workflow status, links and downloads ("Submission resource",
// "Workflow status object" and "Download object" on Microsoft's page "Get product data").
import type {
  ApiVersion,
  DownloadItem,
  Link,
  Submission as SubmissionResource,
  WorkflowStatus,
} from '@assay/hardware-api';
import type { Sas } from '../blob/sas.ts';
import { blobUrl } from '../blob/urls.ts';
import type { Download, Submission } from '../store/schema.ts';
import { readMessages, UPLOAD_CONTAINER } from '../store/submissions.ts';
import { CERTIFICATION_REPORT, certificationReportPath } from './certification-reports.ts';

/** Where and how an answer is written. */
export interface ResourceContext {
  /** Scheme, host and port. */
  readonly baseUrl: string;
  /** The same for blobs. */
  readonly blobBaseUrl: string;
  /** The base URL with the prefix that the caller used. */
  readonly apiUrl: string;
  readonly version: ApiVersion;
}

/** Version 1.0 says `commitCompleted` where the current version says `commitComplete`. */
function commitStatusOf(submission: Submission, version: ApiVersion): SubmissionResource['commitStatus'] {
  const status = submission.commit_status;
  return version === 'v1.0' && status === 'commitComplete' ? 'commitCompleted' : status;
}

/** Never absent: clients stop, or poll without a pause, when it is. */
function workflowStatusOf(submission: Submission): WorkflowStatus {
  if (submission.current_step === null || submission.step_state === null) {
    return { currentStep: 'packageInfoValidation', state: 'notStarted', messages: [] };
  }
  return {
    currentStep: submission.current_step as WorkflowStatus['currentStep'],
    state: submission.step_state,
    messages: [...readMessages(submission)],
  };
}

function linksOf(submission: Submission, apiUrl: string): Link[] {
  const self = `${apiUrl}/products/${submission.product_id}/submissions/${submission.id}`;
  const links: Link[] = [{ href: self, rel: 'self', method: 'GET' }];
  if (submission.source_submission_id === null) links.push({ href: self, rel: 'update_submission', method: 'PATCH' });
  if (submission.commit_status === 'commitPending') {
    links.push({ href: `${self}/commit`, rel: 'commit_submission', method: 'POST' });
  }
  return links;
}

/** A submission without its downloads, as lists hold it. */
export function toSubmissionResource(submission: Submission, context: ResourceContext): SubmissionResource {
  return {
    id: submission.id,
    productId: submission.product_id,
    workflowStatus: workflowStatusOf(submission),
    links: linksOf(submission, context.apiUrl),
    commitStatus: commitStatusOf(submission, context.version),
    ...(submission.is_extension_inf !== null && { isExtensionInf: submission.is_extension_inf === 1n }),
    ...(submission.is_universal !== null && { isUniversal: submission.is_universal === 1n }),
    ...(submission.is_declarative_inf !== null && { isDeclarativeInf: submission.is_declarative_inf === 1n }),
    name: submission.name,
    type: submission.type,
    createdBy: submission.created_by,
    createdDateTime: submission.created_at,
  };
}

/** The URL of the report of a failed submission, signed afresh. */
export function errorReportUrl({ container, blob, file_name }: Download, sas: Sas, context: ResourceContext): string {
  return blobUrl(context.blobBaseUrl, sas, { container, blob, permissions: 'rl', fileName: file_name });
}

/**
 * The download items: first the caller's own package (a URL to upload to while the submission is pending, to read from
 * afterwards; a shared submission has none), then the others in their order. Every URL is signed afresh.
 */
export function downloadItems(
  submission: Submission,
  downloads: readonly Download[],
  sas: Sas,
  context: ResourceContext,
): DownloadItem[] {
  const initialPackage: DownloadItem = {
    type: 'initialPackage',
    url: blobUrl(context.blobBaseUrl, sas, {
      container: UPLOAD_CONTAINER,
      blob: submission.upload_blob,
      permissions: submission.commit_status === 'commitPending' ? 'rwl' : 'rl',
    }),
  };
  const others = downloads
    .filter(({ type }) => type !== 'initialPackage')
    .map(({ type, container, blob, file_name }) => ({
      type: type as DownloadItem['type'],
      // The report has a path of its own at the API's host.
      url: blobUrl(type === CERTIFICATION_REPORT ? context.baseUrl : context.blobBaseUrl, sas, {
        container,
        blob,
        permissions: 'rl',
        fileName: file_name,
        ...(type === CERTIFICATION_REPORT && { path: certificationReportPath(submission) }),
      }),
    }));
  return submission.source_submission_id === null ? [initialPackage, ...others] : others;
}
