// Finds out whether a request whose answer nobody has seen took effect: by looking for what it would have made.
import type { NewProduct, Product } from '../schemas/product.ts';
import type { NewSubmission, Submission } from '../schemas/submission.ts';
import type { HardwareClient, Identifier } from './hardware-client.ts';

function sameText(a: string | undefined, b: string | undefined): boolean {
  return (a ?? '').toLowerCase() === (b ?? '').toLowerCase();
}

function sameCodes(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  const sorted = (codes: readonly string[] = []) => [...new Set(codes.map((code) => code.toLowerCase()))].sort().join();
  return sorted(a) === sorted(b);
}

/** When the service says that it was made, in milliseconds since 1970; undefined when it doesn't. */
function madeAt(resource: { readonly createdDateTime?: string | undefined }): number | undefined {
  const time = Date.parse(resource.createdDateTime ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** Whether the product can be ours by what it says of itself. */
function fits(product: Product, wanted: NewProduct, notBefore: number): boolean {
  return (
    product.productName === wanted.productName &&
    sameText(product.testHarness, wanted.testHarness) &&
    sameCodes(product.requestedSignatures, wanted.requestedSignatures) &&
    !sameText(product.originType, 'publisher') &&
    (madeAt(product) ?? Number.POSITIVE_INFINITY) >= notBefore
  );
}

function newestFirst(a: Product, b: Product): number {
  return (madeAt(b) ?? 0) - (madeAt(a) ?? 0) || (b.id > a.id ? 1 : b.id < a.id ? -1 : 0);
}

export interface ProductSearch {
  readonly product: NewProduct;
  readonly submissionName: string;
  /** Products that are older than this are someone else's. Milliseconds since 1970. */
  readonly notBefore: number;
}

/**
 * The newest product that a lost request may have made: like the one asked for, not too old, and with no submission, or
 * with one of the same name that is still to be committed and not too old either. Undefined when there is none.
 */
export async function findLostProduct(client: HardwareClient, search: ProductSearch): Promise<Product | undefined> {
  const candidates: Product[] = [];
  for await (const product of client.listProducts()) {
    if (fits(product, search.product, search.notBefore)) candidates.push(product);
  }
  for (const candidate of candidates.sort(newestFirst)) {
    const submissions: Submission[] = [];
    for await (const submission of client.listSubmissions(candidate.id)) submissions.push(submission);
    const [only] = submissions;
    if (only === undefined) return candidate;
    const time = madeAt(only) ?? madeAt(candidate);
    if (
      submissions.length === 1 &&
      only.name === search.submissionName &&
      sameText(only.commitStatus, 'commitPending') &&
      time !== undefined &&
      time >= search.notBefore
    ) {
      return candidate;
    }
  }
  return undefined;
}

/** The initial submission of a product; there is never more than one. */
export async function findInitialSubmission(
  client: HardwareClient,
  productId: Identifier,
  type: NewSubmission['type'] = 'initial',
): Promise<Submission | undefined> {
  for await (const submission of client.listSubmissions(productId)) {
    if (sameText(submission.type, type)) return submission;
  }
  return undefined;
}
