// URLs of packages that have expired when they are handed out: really signed so, with an expiry in the past.
import type { Sas } from '../../blob/index.ts';
import type { FaultSpecification } from '../fault-specification.ts';
import type { FaultSchedule, RequestFacts } from './schedule.ts';

/** A signed URL as the value of a property in JSON. */
const SIGNED_URL = /https?:\/\/[^"\\\s]+\?[^"\\\s]*\bsig=[^"\\\s]*/g;

/** How long ago they expired, in milliseconds. */
const AGO_MS = 3_600_000;

const FILE_NAME = /filename=([A-Za-z0-9_.]+)$/;

/** The parts of a URL's path; undefined for what only looks like a URL, such as a product's name. */
function segmentsOf(url: URL): string[] | undefined {
  try {
    return url.pathname.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/**
 * The answer with those URLs expired that a fault is for, and whether there was one. Each fault looks at a blob once: the next
 * answer has a URL that works.
 */
export function createUrlExpiry(
  schedule: FaultSchedule,
  sas: Sas,
): (body: string, facts: RequestFacts) => { readonly body: string; readonly happened: boolean } {
  const seen = new WeakMap<FaultSpecification, Set<string>>();

  /** Whether this fault meets the blob for the first time. */
  function isFirst(fault: FaultSpecification, key: string): boolean {
    const keys = seen.get(fault) ?? new Set();
    seen.set(fault, keys);
    return !keys.has(key) && keys.add(key).size > 0;
  }

  function expire(text: string, facts: RequestFacts): string | undefined {
    const url = URL.parse(text);
    const segments = url === null ? undefined : segmentsOf(url);
    if (url === null || segments === undefined) return undefined;
    if (segments[0] === sas.accountName) segments.shift();
    const [container = '', ...names] = segments;
    const blob = names.join('/');
    const permissions = url.searchParams.get('sp') ?? '';
    const isUpload = permissions.includes('w');
    const [, fileName] = FILE_NAME.exec(url.searchParams.get('rscd') ?? '') ?? [];
    // Without a name to save it under it is the caller's own package, which hardly anybody reads back.
    if (!isUpload && fileName === undefined) return undefined;
    // Some URLs have a path of their own, which does not tell the blob.
    if (!sas.verify(container, blob, url.searchParams, isUpload ? 'w' : 'r').ok) return undefined;
    const key = `${container}/${blob} ${isUpload}`;
    const use: RequestFacts = { ...facts, method: isUpload ? 'PUT' : 'GET', path: `/${container}/${blob}` };
    if (schedule.take(['expired-sas'], use, (fault) => isFirst(fault, key)) === undefined) return undefined;
    const query = sas.sign({
      container,
      blob,
      permissions,
      expiresAt: new Date(sas.clock().getTime() - AGO_MS),
      ...(fileName === undefined ? {} : { fileName }),
    });
    return `${text.slice(0, text.indexOf('?'))}?${query}`;
  }

  return (body, facts) => {
    if (facts.area !== 'api' || !schedule.has(['expired-sas'])) return { body, happened: false };
    let happened = false;
    const changed = body.replaceAll(SIGNED_URL, (text) => {
      const expired = expire(text, facts);
      happened ||= expired !== undefined;
      return expired ?? text;
    });
    return { body: changed, happened };
  };
}
