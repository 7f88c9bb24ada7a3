// Lists page by key: a page starts after the last id of the one before, so it costs the same wherever it is and stays right
// while rows are added. The continuation token is that id with a MAC over it and the list it belongs to.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Link } from '@assay/hardware-api';
import type { Page, PageRequest } from '../store/products.ts';
import { invalidInput } from './errors.ts';

const DEFAULT_PAGE_SIZE = 50;
const MAXIMUM_PAGE_SIZE = 1_000;

const ID_BYTES = 8;
const MAC_BYTES = 16;

/** Writes and reads continuation tokens with one secret, which every replica has. */
export interface ContinuationTokens {
  /** `list` names the list and whose it is; a token works for no other. */
  write(list: string, lastId: bigint): string;
  /** The id that the token holds. Throws ApiError InvalidInput for anything that `write` did not make for this list. */
  read(list: string, token: string): bigint;
}

export function createContinuationTokens(secret: Uint8Array): ContinuationTokens {
  const macOf = (list: string, id: Uint8Array): Buffer =>
    createHmac('sha256', secret).update(list, 'utf8').update('\0').update(id).digest().subarray(0, MAC_BYTES);
  return {
    write(list, lastId) {
      const id = Buffer.alloc(ID_BYTES);
      id.writeBigInt64BE(lastId);
      return Buffer.concat([id, macOf(list, id)]).toString('base64url');
    },
    read(list, token) {
      const bytes = Buffer.from(token, 'base64url');
      const id = bytes.subarray(0, ID_BYTES);
      const mac = bytes.subarray(ID_BYTES);
      const genuine =
        bytes.toString('base64url') === token && mac.length === MAC_BYTES && timingSafeEqual(mac, macOf(list, id));
      if (!genuine) {
        const message = 'The continuation token is not valid for this list. Start again without one.';
        throw invalidInput([{ target: 'continuationToken', message }]);
      }
      return id.readBigInt64BE();
    },
  };
}

/** A query string as Fastify parses it. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The last value of a query parameter; its name is compared without case. */
export function lastValue(query: Query, name: string): string | undefined {
  const values = Object.entries(query)
    .filter(([key]) => key.toLowerCase() === name.toLowerCase())
    .flatMap(([, value]) => value ?? []);
  return values.at(-1);
}

/** Which page a query asks for. Throws ApiError InvalidInput. */
export function readPageRequest(query: Query, tokens: ContinuationTokens, list: string): PageRequest {
  const size = lastValue(query, 'pageSize');
  const limit = size === undefined ? DEFAULT_PAGE_SIZE : /^[0-9]{1,6}$/.test(size) ? Number(size) : 0;
  if (limit < 1 || limit > MAXIMUM_PAGE_SIZE) {
    throw invalidInput([
      { target: 'pageSize', message: `The page size must be a number from 1 to ${MAXIMUM_PAGE_SIZE}.` },
    ]);
  }
  const token = lastValue(query, 'continuationToken');
  return { limit, after: token === undefined ? 0n : tokens.read(list, token) };
}

/** The links of a page: itself, and the next one when there are more rows. `href` is the list's own address. */
export function pageLinks(
  page: Page<{ readonly id: bigint }>,
  asked: PageRequest,
  address: { readonly href: string; readonly list: string; readonly tokens: ContinuationTokens },
): Link[] {
  const { href, list, tokens } = address;
  const at = (after: bigint): string => {
    const continuation = after === 0n ? '' : `&continuationToken=${tokens.write(list, after)}`;
    return `${href}?pageSize=${asked.limit}${continuation}`;
  };
  const links: Link[] = [{ href: at(asked.after), rel: 'self', method: 'GET' }];
  const last = page.rows.at(-1);
  if (page.more && last !== undefined) links.push({ href: at(last.id), rel: 'next_link', method: 'GET' });
  return links;
}
