// What a person may write for a product, a submission or a shipping label: ids, ids joined by slashes, addresses of the API, and
// addresses copied out of Partner Center. Ids stay text: they are 64-bit integers, more than a number holds.
import { CommandError, EXIT } from './exit-codes.ts';

/** Names a product; a decimal id. */
export interface ProductReference {
  readonly productId: string;
}

/** Names a submission; decimal ids. */
export interface SubmissionReference extends ProductReference {
  readonly submissionId: string;
}

/** Names a shipping label; decimal ids. */
export interface ShippingLabelReference extends SubmissionReference {
  readonly shippingLabelId: string;
}

/** The ids that stand in a text, as far as it goes. */
type Ids = readonly (string | undefined)[];

const INT64_MAX = 2n ** 63n - 1n;
const ID = '(\\d{1,19})';

/**
 * Paths that hold ids, the product's first. Those of Partner Center are not documented; these are the forms that people and
 * scripts hand around.
 */
const PATHS: readonly RegExp[] = [
  // The API, also with something after the ids, such as /commit.
  new RegExp(`/products/${ID}(?:/submissions/${ID}(?:/shippinglabels/${ID})?)?(?:/[a-z]*)?/*$`, 'i'),
  // Partner Center, and the dashboard before it: driver/PRODUCT/submission/SUBMISSION/ShippingLabel/LABEL, with the middle words or not.
  new RegExp(`/driver/${ID}(?:/(?:submissions?/)?${ID}(?:/(?:shippinglabels?/)?${ID})?)?(?:/[a-z]*)?/*$`, 'i'),
  // The report of a certification names the seller before the product.
  new RegExp(`/driver/downloadcertificationreport/\\d+/${ID}/${ID}/*$`, 'i'),
];

const NAMES = ['productId', 'submissionId', 'shippingLabelId'] as const;

/** Partner Center's pages keep ids in the query or, after a `#?`, in the fragment. */
function idsInQuery(address: URL): Ids {
  const fragment = address.hash.replace(/^#\/?\??/, '');
  const found = new Map(
    [...address.searchParams, ...new URLSearchParams(fragment)].map(([name, value]) => [name.toLowerCase(), value]),
  );
  return NAMES.map((name) => found.get(name.toLowerCase()));
}

function idsInAddress(text: string): Ids {
  const address = new URL(text);
  for (const path of PATHS) {
    const [, ...ids] = path.exec(address.pathname) ?? [];
    if (ids.length > 0) return ids;
  }
  return idsInQuery(address);
}

function idsIn(text: string): Ids {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) return URL.canParse(trimmed) ? idsInAddress(trimmed) : [];
  return /^\d+(?:\/\d+)*$/.test(trimmed) ? trimmed.split('/') : [];
}

/** An id as the service writes it: a positive 64-bit integer. */
function isId(text: string | undefined): text is string {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return false;
  const id = BigInt(text);
  return id > 0n && id <= INT64_MAX;
}

const FORMS: Readonly<Record<1 | 2 | 3, string>> = {
  1: 'Write the digits of the product id, or the address of the product in the API or in Partner Center.',
  2: 'Write PRODUCT/SUBMISSION, or the address of the submission in the API or in Partner Center.',
  3: 'Write PRODUCT/SUBMISSION/LABEL, or the address of the shipping label in the API or in Partner Center.',
};

const NOUNS: Readonly<Record<1 | 2 | 3, string>> = { 1: 'product', 2: 'submission', 3: 'shipping label' };

/** The first `count` ids of the text. Ids joined by slashes have to be that many; an address may name more. */
function read(text: string, count: 1 | 2 | 3): readonly string[] {
  const ids = idsIn(text);
  const wanted = ids.slice(0, count).filter(isId);
  if (wanted.length === count && (ids.length === count || text.includes(':'))) return wanted.map(withoutZeros);
  const tooLarge = ids.find((id) => id !== undefined && !isId(id));
  const reason = tooLarge === undefined ? '' : ` An id is a number from 1 to ${INT64_MAX}; ${tooLarge} is none.`;
  throw new CommandError(EXIT.usage, `"${text}" names no ${NOUNS[count]}.${reason}`, FORMS[count]);
}

function withoutZeros(id: string): string {
  return BigInt(id).toString();
}

/**
 * A product: its id, or an address that holds it. Throws CommandError (wrong usage) that says which forms are taken, like the
 * functions below; fit as parser of an argument.
 */
export function parseProductReference(text: string): string {
  const [productId = ''] = read(text, 1);
  return productId;
}

/** A submission: `PRODUCT/SUBMISSION`, or an address that holds both. With `productId`, its bare id is enough. */
export function parseSubmissionReference(
  text: string,
  { productId: known }: Partial<ProductReference> = {},
): SubmissionReference {
  if (known !== undefined && /^\s*\d+\s*$/.test(text)) return parseSubmissionReference(`${known}/${text.trim()}`);
  const [productId = '', submissionId = ''] = read(text, 2);
  return { productId, submissionId };
}

/** A shipping label: `PRODUCT/SUBMISSION/LABEL`, or an address that holds all three. */
export function parseShippingLabelReference(text: string): ShippingLabelReference {
  const [productId = '', submissionId = '', shippingLabelId = ''] = read(text, 3);
  return { productId, submissionId, shippingLabelId };
}

/** Any one id, for example of a seller. */
export function parseIdentifier(text: string): string {
  if (isId(text.trim())) return withoutZeros(text.trim());
  throw new CommandError(EXIT.usage, `"${text}" is no id.`, `Write its digits: a number from 1 to ${INT64_MAX}.`);
}
