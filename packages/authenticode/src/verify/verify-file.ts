// Checks Authenticode signatures: that they belong to the file, that they are genuine, and that the signer is trusted for
// this usage at this time; and says what Windows makes of it, policy by policy.

import type { ByteSource } from '../byte-source.ts';
import { digestOf, toHex } from '../bytes.ts';
import { parseSignedData } from '../cms/index.ts';
import { TAG } from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { identifySource } from '../identify.ts';
import { readPeImage } from '../pe/index.ts';
import type { SignableFile } from '../signable-file.ts';
import { judgeFile } from './file-policies.ts';
import type { VerifiedSignature } from './kernel-production.ts';
import {
  type FileVerification,
  type SignatureVerification,
  TAMPERING,
  type VerificationOptions,
  type VerificationProblem,
} from './verification.ts';
import {
  type ContentCheck,
  isProblem,
  orProblem,
  problem,
  unreadableSignature,
  verifySignature,
} from './verify-signature.ts';

/** What a file is called whose format is none of those that can be signed. */
export const UNKNOWN_TITLE = 'a file of this format';

/** Signatures that one file may carry, nested ones included. */
const MAXIMUM_SIGNATURES = 64;

/**
 * Reads the file once for each content that is stated of it, for signatures side by side mostly state the same. A file with
 * a single signature needs no such memory.
 */
function rememberContent(source: ByteSource): ContentCheck {
  const answers = new Map<string, Promise<string | undefined>>();
  return (signature, bytes) => {
    if (bytes[0] !== TAG.sequence) return signature.checkContent(source);
    const { contentBytes, contentType } = parseSignedData(bytes);
    const content = `${contentType} ${toHex(digestOf('sha256', contentBytes))}`;
    const answer = answers.get(content) ?? signature.checkContent(source);
    answers.set(content, answer);
    return answer;
  };
}

async function verifyEach(
  file: SignableFile,
  source: ByteSource,
  signatures: readonly Uint8Array[],
  options: VerificationOptions,
): Promise<VerifiedSignature[]> {
  const results: VerifiedSignature[] = [];
  const once: ContentCheck = (signature) => signature.checkContent(source);
  const remembered = rememberContent(source);
  const queue: { bytes: Uint8Array; nestedIn: number | undefined }[] = signatures.map((bytes) => ({
    bytes,
    nestedIn: undefined,
  }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { bytes, nestedIn } = next;
    const index = results.length;
    const position = { index, nestedIn };
    if (index === MAXIMUM_SIGNATURES) {
      const message = `the file has more than ${MAXIMUM_SIGNATURES} signatures`;
      results.push(unreadableSignature(position, problem('malformed', message)));
      break;
    }
    const signature = await orProblem(() => file.openSignature(bytes));
    if (isProblem(signature)) {
      results.push(unreadableSignature(position, signature));
      continue;
    }
    const isOnly = signatures.length === 1 && nestedIn === undefined && signature.nested.length === 0;
    results.push(await verifySignature(signature, bytes, position, isOnly ? once : remembered, options));
    if (nestedIn === undefined) queue.unshift(...signature.nested.map((inner) => ({ bytes: inner, nestedIn: index })));
  }
  return results;
}

/** The signatures of a file, judged, or why there are none. */
export interface VerifiedSignatures {
  readonly file: SignableFile | undefined;
  readonly signatures: readonly VerifiedSignature[];
  readonly problems: readonly VerificationProblem[];
}

/** Judges every signature of a file. */
export async function verifySignatures(source: ByteSource, options: VerificationOptions): Promise<VerifiedSignatures> {
  const identified = await orProblem(async () => ({ file: await identifySource(source) }));
  if (isProblem(identified)) return { file: undefined, signatures: [], problems: [identified] };
  const { file } = identified;
  if (file === undefined) {
    const message = 'files of this format cannot carry a signature; it may be in a catalog';
    return { file: undefined, signatures: [], problems: [problem('unsigned', message)] };
  }
  const signatures = await orProblem(() => file.readSignatures(source));
  if (isProblem(signatures)) return { file, signatures: [], problems: [signatures] };
  if (signatures.length === 0) {
    return { file, signatures: [], problems: [problem('unsigned', 'the file is not signed')] };
  }
  return { file, signatures: await verifyEach(file, source, signatures, options), problems: [] };
}

/** Whether a file with these signatures and problems is good. */
export function isGood(
  signatures: readonly SignatureVerification[],
  problems: readonly VerificationProblem[],
): boolean {
  const tampered = signatures.some((signature) => signature.problems.some(({ code }) => TAMPERING.has(code)));
  return problems.length === 0 && !tampered && signatures.some((signature) => signature.ok);
}

/** Subsystem of an image; undefined for any other file, and for one that cannot be read. */
export async function readSubsystem(file: SignableFile | undefined, source: ByteSource): Promise<number | undefined> {
  if (file?.name !== 'pe') return undefined;
  try {
    return (await readPeImage(source)).subsystem;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** What is said of a file whose signatures have been judged. */
export async function summarize(
  { file, signatures, problems }: VerifiedSignatures,
  source: ByteSource,
  options: VerificationOptions,
): Promise<FileVerification> {
  const verifications = signatures.map(({ verification }) => verification);
  const format = file?.name ?? 'unknown';
  const title = file?.title ?? UNKNOWN_TITLE;
  const subsystem = await readSubsystem(file, source);
  return {
    format,
    signatures: verifications,
    ok: isGood(verifications, problems),
    problems,
    policies: judgeFile({ format, title, signatures, problems, subsystem, options }),
  };
}

/**
 * Checks every signature in a file. Malformed files and signatures are reported as problems, not thrown: `unsigned`,
 * `malformed`, `digestMismatch`, `weakDigest`, `badSignature`, and those of certification paths.
 */
export async function verifyFile(source: ByteSource, options: VerificationOptions): Promise<FileVerification> {
  return summarize(await verifySignatures(source, options), source, options);
}
