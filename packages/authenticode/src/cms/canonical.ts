// Whether a SignedData is written the one way that DER allows. No signature covers the order of its SETs, so tools get it
// wrong and still call the result good; Windows then finds no signature in a catalog.
import { Buffer } from 'node:buffer';
import { compareBytes, equalBytes } from '../bytes.ts';
import {
  contextConstructed,
  DEFAULT_DER_LIMITS,
  type DerElement,
  decodeDer,
  readDerHeader,
  readOid,
  TAG,
} from '../der/index.ts';
import { ParseError } from '../errors.ts';

export interface CanonicalCheck {
  readonly ok: boolean;
  /** What is not canonical, in words; empty when all is well. */
  readonly problems: readonly string[];
}

/** Problems that are listed; a file that is wrong everywhere says no more than that. */
const MAXIMUM_PROBLEMS = 20;

/** Reports when the members are not ascending by encoding (X.690 §11.6), or when one stands there twice. */
function checkOrder(members: readonly DerElement[], what: string, report: (problem: string) => void): void {
  let previous: DerElement | undefined;
  for (const member of members) {
    if (previous !== undefined && compareBytes(previous.bytes, member.bytes) > 0) {
      report(`${what} are not in DER order (at byte ${member.offset})`);
      break;
    }
    previous = member;
  }
  const sorted = members.map(({ bytes }) => bytes).sort(compareBytes);
  const twice = sorted.some((bytes, index) => index > 0 && equalBytes(bytes, sorted[index - 1] ?? bytes));
  if (twice) report(`${what} hold the same one twice`);
}

/** One constructed element on the way down, and how far its parts have been looked at. */
interface Level {
  at: number;
  readonly end: number;
  readonly isSet: boolean;
  /** The part before, in a SET: where it starts and ends. */
  previousStart: number;
  previousEnd: number;
}

/**
 * Looks into every constructed element for SETs. A catalog's content has millions of elements, so none of them becomes a
 * value here, and only one path down is kept.
 */
function checkSetsInside(root: DerElement, what: string, report: (problem: string) => void): void {
  const bytes = Buffer.from(root.bytes.buffer, root.bytes.byteOffset, root.bytes.length);
  const level = (at: number, end: number, tag: number): Level => {
    return { at, end, isSet: tag === TAG.set, previousStart: -1, previousEnd: -1 };
  };
  const path = [level(root.bytes.length - root.value.length, bytes.length, root.tag)];
  for (let current = path.at(-1); current !== undefined; current = path.at(-1)) {
    if (current.at === current.end) {
      path.pop();
      continue;
    }
    const start = current.at;
    const { tag, headerLength, valueLength } = readDerHeader(bytes, start, root.offset);
    const end = start + headerLength + valueLength;
    if (end > current.end) {
      throw new ParseError('der', 'truncated', `an element in ${what} is cut off`, root.offset + start);
    }
    if (current.isSet && current.previousStart >= 0) {
      const order = bytes.compare(bytes, start, end, current.previousStart, current.previousEnd);
      const where = `at byte ${root.offset + start}`;
      if (order > 0) report(`the members of a SET in ${what} are not in DER order (${where})`);
      if (order === 0) report(`the members of a SET in ${what} hold the same one twice (${where})`);
    }
    current.previousStart = start;
    current.previousEnd = end;
    current.at = end;
    if ((tag & 0x20) === 0) continue;
    if (path.length === DEFAULT_DER_LIMITS.maximumDepth) {
      throw new ParseError(
        'der',
        'too-deep',
        `elements are nested more than ${DEFAULT_DER_LIMITS.maximumDepth} deep`,
        root.offset + start,
      );
    }
    path.push(level(start + headerLength, end, tag));
  }
}

function checkAttributes(set: DerElement | undefined, what: string, report: (problem: string) => void): void {
  if (set === undefined) return;
  checkOrder(set.children(), what, report);
  const types = new Set<string>();
  for (const attribute of set.children()) {
    const parts = attribute.parts(TAG.sequence, 'an attribute');
    const type = readOid(parts.next('type'), 'the type of an attribute');
    if (types.has(type)) report(`${what} hold attribute ${type} twice`);
    types.add(type);
    const values = parts.next('values').expect(TAG.set, 'the values of an attribute').children();
    checkOrder(values, `the values of attribute ${type}`, report);
  }
}

function checkSignedData(der: Uint8Array, report: (problem: string) => void): void {
  const contentInfo = decodeDer(der).parts(TAG.sequence, 'the ContentInfo');
  contentInfo.next('type');
  const content = contentInfo.next('content').expect(contextConstructed(0), 'the content of the ContentInfo');
  const parts = content.inner().parts(TAG.sequence, 'the SignedData');
  parts.next('version');
  const algorithms = parts.next('digest algorithms').expect(TAG.set, 'the digest algorithms');
  checkOrder(algorithms.children(), 'the digest algorithms', report);
  checkSetsInside(parts.next('content'), 'the content', report);
  const certificates = parts.optional(contextConstructed(0));
  if (certificates?.value.length === 0) report('the certificates are an empty SET, which should be left out');
  checkOrder(certificates?.children() ?? [], 'the certificates', report);
  checkOrder(parts.optional(contextConstructed(1))?.children() ?? [], 'the revocation lists', report);
  const signers = parts.next('signers').expect(TAG.set, 'the signers').children();
  checkOrder(signers, 'the signers', report);
  for (const signer of signers) {
    const signerParts = signer.parts(TAG.sequence, 'the SignerInfo');
    for (const part of ['version', 'signer identifier', 'digest algorithm']) signerParts.next(part);
    checkAttributes(signerParts.optional(contextConstructed(0)), 'the signed attributes', report);
    for (const part of ['signature algorithm', 'signature']) signerParts.next(part);
    checkAttributes(signerParts.optional(contextConstructed(1)), 'the unauthenticated attributes', report);
  }
}

/**
 * Whether the DER of a ContentInfo with SignedData is canonical: certificates, signers, attributes and their values, and
 * all SETs in the content in DER order, nothing twice. What others made and signed themselves (the insides of certificates,
 * time stamps and nested signatures) is not looked into. Never throws: what cannot be read is a problem.
 */
export function isCanonicalSignedData(der: Uint8Array): CanonicalCheck {
  const problems: string[] = [];
  const report = (problem: string) => {
    if (problems.length < MAXIMUM_PROBLEMS) problems.push(problem);
  };
  try {
    checkSignedData(der, report);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    report(error.message);
  }
  return { ok: problems.length === 0, problems };
}
