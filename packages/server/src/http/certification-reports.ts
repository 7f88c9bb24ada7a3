// Certification reports under the path at which the dashboard has them. The path names the submission, not the blob, so it
// leads to the blob; the signature in the query is that of any other download.
import type { AliasedBlob, BlobAlias } from '../blob/index.ts';
import type { Database } from '../store/database.ts';
import { parseId } from '../store/ids.ts';
import type { Submission } from '../store/schema.ts';
import { findSubmission, HTML_REPORT_SUFFIX, listDownloads } from '../store/submissions.ts';

/** The type of the download. */
export const CERTIFICATION_REPORT = 'certificationReport';

const PATH = '/dashboard/hardware/Driver/DownloadCertificationReport';
/** The dashboard puts a language before its paths; reports are in English whatever it is. */
const PREFIXES = ['', '/en-us'];

/** Below the host: `…/{sellerId}/{productId}/{submissionId}`. */
export function certificationReportPath(submission: Pick<Submission, 'id' | 'product_id' | 'account_id'>): string {
  return `${PATH}/${submission.account_id}/${submission.product_id}/${submission.id}`;
}

/** The report of a completed submission: the PDF, or the HTML with `format=html`. */
async function findReport(
  database: Database,
  params: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Promise<AliasedBlob | undefined> {
  const accountId = parseId(params.sellerId ?? '');
  const productId = parseId(params.productId ?? '');
  const submissionId = parseId(params.submissionId ?? '');
  if (accountId === undefined || productId === undefined || submissionId === undefined) return undefined;
  const submission = await findSubmission(database, { accountId, productId, submissionId });
  if (submission?.step_state !== 'completed') return undefined;
  const downloads = await listDownloads(database, submissionId);
  const report = downloads.find(({ type }) => type === CERTIFICATION_REPORT);
  if (report === undefined) return undefined;
  const { container, blob, file_name: fileName } = report;
  return query.get('format')?.toLowerCase() === 'html'
    ? {
        container,
        blob: `${blob}${HTML_REPORT_SUFFIX}`,
        signedBlob: blob,
        fileName: fileName.replace(/\.pdf$/, HTML_REPORT_SUFFIX),
      }
    : { container, blob, signedBlob: blob };
}

/** What the blob endpoint serves under the dashboard's paths. */
export function certificationReportAliases(database: Database): BlobAlias[] {
  return PREFIXES.map((prefix) => ({
    path: `${prefix}${PATH}/:sellerId/:productId/:submissionId`,
    find: (params, query) => findReport(database, params, query),
  }));
}
