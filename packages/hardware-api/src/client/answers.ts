// What is made of the body of an answer of 2xx. One that cannot be used (a page of a proxy in place of JSON, nothing where a
// resource should be) tells as little as none: whoever reads may ask again, whoever created something must look for it.
import { parseJson } from '../json.ts';
import { HardwareApiError, NO_ANSWER } from './hardware-api-error.ts';

function unusable(message: string, cause?: unknown): HardwareApiError {
  return new HardwareApiError({ status: 0, code: NO_ANSWER, message, cause });
}

/** The JSON of a body, undefined for an empty one. Throws HardwareApiError (no answer) when it is something else. */
export function readJsonAnswer(body: string, what: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return parseJson(body);
  } catch (cause) {
    throw unusable(`The answer to ${what} is not JSON.`, cause);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The resource that an answer must hold. Throws HardwareApiError (no answer) when there is none. */
export function requireResource<Resource>(answer: unknown, what: string): Resource {
  if (isObject(answer)) return answer as Resource;
  throw unusable(`The service answered ${what} without the resource.`);
}

/** What was created, with its id. Throws HardwareApiError (no answer) when the answer does not say which it is. */
export function requireCreated<Resource>(answer: unknown, what: string): Resource {
  if (isObject(answer) && typeof answer.id === 'bigint' && answer.id > 0n) return answer as Resource;
  throw unusable(`The service answered ${what} without the id of what was created.`);
}

/** One page of a list. */
export interface Page {
  readonly items: readonly unknown[];
  /** Path and query of the next page; undefined after the last one. */
  readonly next: string | undefined;
}

/** Where the API is in a link: the service's own links can name a host behind the gateway, and an older form of the path. */
const API_ROOT = /^.*?\/hardware(?=\/)/i;

/**
 * The page that an answer holds. Only path and query of a link are used, so that the token goes to no other host. Throws
 * HardwareApiError (no answer) for an answer that is no list: to take it for an empty one would hide what is there.
 */
export function readPage(answer: unknown, path: string, prefix: string): Page {
  const { value, links } = requireResource<{ value?: unknown; links?: unknown }>(answer, `GET ${path}`);
  if (!Array.isArray(value)) throw unusable(`The service answered GET ${path} without a list.`);
  const all = (Array.isArray(links) ? links : []) as readonly ({ rel?: unknown; href?: unknown } | null)[];
  const href = all.find((link) => link?.rel === 'next_link')?.href;
  if (typeof href !== 'string' || href === '') return { items: value, next: undefined };
  const { pathname, search } = new URL(href, `https://service.invalid${path}`);
  const next = pathname.replace(API_ROOT, prefix) + search;
  if (next === path) throw unusable(`The next page after ${path} is the same page.`);
  return { items: value, next };
}
