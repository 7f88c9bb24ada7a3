// Names of parts (ECMA-376 Part 2 §6.2.2): absolute paths of URI characters, the same whatever the case of their letters.
import { ParseError } from '../errors.ts';

/** Unreserved characters, sub-delimiters, ':' and '@' of RFC 3986, and percent-encoded octets. */
const NOT_IN_SEGMENT = /[^A-Za-z0-9\-._~!$&'()*+,;=:@%]|%(?![0-9A-Fa-f]{2})/;
/** Octets that must not be percent-encoded: '/' and '\' because they would hide, the unreserved ones because they need not. */
const NEEDLESS_OCTET = /%(?:2F|5C|2D|2E|5F|7E|3[0-9]|4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A])/i;

const RELATIONSHIPS_NAME = /^(.*)\/_rels\/([^/]*)\.rels$/i;

/** The source of relationships that belong to the package as a whole. */
export const PACKAGE_ROOT = '/';
/** The part with the relationships of the package as a whole. */
export const ROOT_RELATIONSHIPS = '/_rels/.rels';

function problemOf(name: string): string | undefined {
  if (!name.startsWith('/')) return 'it does not begin with a slash';
  for (const segment of name.slice(1).split('/')) {
    if (segment === '') return 'it has an empty segment';
    if (/[[\]]/.test(segment)) return 'it is interleaved or has brackets, which are not accepted';
    if (NOT_IN_SEGMENT.test(segment)) return 'it has characters that must be percent-encoded';
    if (NEEDLESS_OCTET.test(segment)) return 'it has percent-encoded characters that must not be so';
    if (segment.endsWith('.')) return 'a segment of it ends in a dot';
  }
  return undefined;
}

/** Throws ParseError `bad-part-name` unless `name` can be that of a part. */
export function checkPartName(name: string, offset?: number): void {
  const problem = problemOf(name);
  if (problem !== undefined) {
    throw new ParseError('opc', 'bad-part-name', `'${name}' cannot be the name of a part: ${problem}`, offset);
  }
}

/** The form in which names of parts are compared (§6.2.2.3). */
export function foldPartName(name: string): string {
  return name.toLowerCase();
}

/** Whether a part holds relationships, by its name (§6.5.2). */
export function isRelationshipsName(name: string): boolean {
  return RELATIONSHIPS_NAME.test(name);
}

/** The part with the relationships of `source`, a part or PACKAGE_ROOT. */
export function relationshipsNameOf(source: string): string {
  const slash = source.lastIndexOf('/');
  return `${source.slice(0, slash)}/_rels/${source.slice(slash + 1)}.rels`;
}

/** The part whose relationships are in this one; undefined when it is none that holds relationships. */
export function sourceOfRelationships(name: string): string | undefined {
  const match = RELATIONSHIPS_NAME.exec(name);
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}

/** The name of the part that a relationship of `source` leads to (§6.5.3.4); undefined when it is none. */
export function resolveTarget(source: string, target: string): string | undefined {
  const base = `http://package.invalid${source}`;
  if (!URL.canParse(target, base)) return undefined;
  const url = new URL(target, base);
  return url.origin === 'http://package.invalid' && problemOf(url.pathname) === undefined ? url.pathname : undefined;
}
