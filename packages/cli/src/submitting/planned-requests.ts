// The requests that `assay submit` would make, for --dry-run.
import type { NewProduct, SubmitState } from '@assay/hardware-api';

export interface PlannedRequest {
  readonly method: string;
  /** Path at the service; what only the service knows stands in braces. */
  readonly path: string;
  readonly body?: unknown;
}

const PREFIX = '/v2.0/my/hardware/products';

/** What is left to do, in order. */
export function planRequests(options: {
  readonly product: NewProduct | undefined;
  readonly submissionName: string;
  readonly packageBytes: number;
  readonly state: Pick<SubmitState, 'product' | 'submission' | 'uploadedAt' | 'committedAt'>;
  /** The downloads that are waited for. */
  readonly downloads: readonly string[];
}): PlannedRequest[] {
  const { product, submissionName, packageBytes, state, downloads } = options;
  const productPath = `${PREFIX}/${state.product?.id ?? '{productId}'}`;
  const submissionPath = `${productPath}/submissions/${state.submission?.id ?? '{submissionId}'}`;
  const requests: PlannedRequest[] = [];
  if (state.product !== undefined && state.product.id === undefined) requests.push({ method: 'GET', path: PREFIX });
  if (state.product?.id === undefined) requests.push({ method: 'POST', path: PREFIX, body: product });
  if (state.submission?.id === undefined) {
    if (state.submission !== undefined) requests.push({ method: 'GET', path: `${productPath}/submissions` });
    const body = { name: submissionName, type: 'initial' };
    requests.push({ method: 'POST', path: `${productPath}/submissions`, body });
  } else requests.push({ method: 'GET', path: submissionPath });
  if (state.committedAt === undefined) {
    if (state.uploadedAt === undefined) {
      requests.push({ method: 'PUT', path: '{initialPackage}', body: `${packageBytes} bytes` });
    }
    requests.push({ method: 'POST', path: `${submissionPath}/commit`, body: {} });
  }
  requests.push({ method: 'GET', path: submissionPath });
  for (const type of downloads) requests.push({ method: 'GET', path: `{${type}}` });
  return requests;
}
