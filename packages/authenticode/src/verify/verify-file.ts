// Checks Authenticode signatures: that they belong to the file, that they are genuine, and that the signer is trusted for
// this usage at this time. Time stamps are not looked at: a certificate that has expired is reported as expired.

import { createHash } from 'node:crypto';
import { type ByteSource, bytesSource, streamSource } from '../byte-source.ts';
import { equalBytes } from '../bytes.ts';
import { type FileDigests, findCatalogMember, readCatalog } from '../catalog/index.ts';
import { parseSignedData } from '../cms/index.ts';
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import { ParseError } from '../errors.ts';
import { identifySource } from '../identify.ts';
import { OID } from '../object-identifiers.ts';
import { computePeDigests } from '../pe/index.ts';
import type { FileFormat, FileSignature, SignableFile } from '../signable-file.ts';
import type { OpusInfo } from '../spc/index.ts';
import { buildCertificationPath, type Certificate, type PathProblemCode } from '../x509/index.ts';

export type VerificationProblemCode =
  | PathProblemCode
  | 'unsigned'
  | 'malformed'
  | 'digestMismatch'
  | 'weakDigest'
  | 'notInCatalog';

export interface VerificationProblem {
  readonly code: VerificationProblemCode;
  readonly message: string;
}

export interface SignatureVerification {
  /** The signer's certificate, if the signature carries it. */
  readonly signer: Certificate | undefined;
  /** From the signer to the last certificate that was found; ends in an anchor when that is trusted. */
  readonly path: readonly Certificate[];
  /** undefined when the signature cannot even be read. */
  readonly digestAlgorithm: DigestAlgorithm | undefined;
  /** What the signer says about the program; authentic only when `ok`. */
  readonly opusInfo: OpusInfo;
  /** Whether there are no problems with this signature. */
  readonly ok: boolean;
  readonly problems: readonly VerificationProblem[];
}

export interface FileVerification {
  readonly format: FileFormat | 'unknown';
  /** Primary first, then the others in the order of the file; nested ones follow the signature they are nested in. */
  readonly signatures: readonly SignatureVerification[];
  /** Whether at least one signature is good, none belongs to other content or is forged, and `problems` is empty. */
  readonly ok: boolean;
  /** Problems of the file as a whole. */
  readonly problems: readonly VerificationProblem[];
}

export interface VerificationOptions {
  /** Trusted certificates. */
  readonly anchors: readonly Certificate[];
  /** Other certificates that may stand in a path, besides those in the signature. */
  readonly intermediates?: readonly Certificate[];
  /** Now when absent. */
  readonly at?: Date;
  /** Object identifier of the extended key usage that the signer needs; code signing when absent. */
  readonly requiredUsage?: string;
  /** Whether SHA-1 is good enough, as it was for signatures and catalogs before 2016; false when absent. */
  readonly allowSha1?: boolean;
}

/** Signatures that one file may carry, nested ones included. */
const MAXIMUM_SIGNATURES = 16;

/** Problems that mean that someone tampered, rather than that someone is not trusted. */
const TAMPERING: ReadonlySet<VerificationProblemCode> = new Set(['digestMismatch', 'badSignature', 'malformed']);

function problem(code: VerificationProblemCode, message: string): VerificationProblem {
  return { code, message };
}

/** Runs `read`; a ParseError becomes a problem. */
async function orProblem<Value>(read: () => Promise<Value> | Value): Promise<Value | VerificationProblem> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ParseError) return problem('malformed', error.message);
    throw error;
  }
}

function isProblem(value: object): value is VerificationProblem {
  return 'code' in value && 'message' in value;
}

const WEAK_DIGEST = problem(
  'weakDigest',
  'the signature relies on SHA-1, for which two files of the same digest can be made',
);

async function verifySignature(
  signature: FileSignature,
  source: ByteSource,
  options: VerificationOptions,
): Promise<SignatureVerification> {
  const { signer, digestAlgorithm, fileDigestAlgorithm, opusInfo } = signature;
  const problems: VerificationProblem[] = [];
  const difference = await orProblem(async () => {
    const message = await signature.checkContent(source);
    return message === undefined ? signature : problem('digestMismatch', message);
  });
  if (isProblem(difference)) problems.push(difference);
  if (options.allowSha1 !== true && (digestAlgorithm === 'sha1' || fileDigestAlgorithm === 'sha1')) {
    problems.push(WEAK_DIGEST);
  }
  const forged = signature.checkGenuine();
  if (forged !== undefined) problems.push(problem('badSignature', forged));
  let path: readonly Certificate[] = [];
  if (signer !== undefined) {
    const found = buildCertificationPath({
      leaf: signer,
      intermediates: [...signature.certificates, ...(options.intermediates ?? [])],
      anchors: options.anchors,
      requiredUsage: options.requiredUsage ?? OID.codeSigning,
      ...(options.at === undefined ? {} : { at: options.at }),
    });
    path = found.path;
    problems.push(...found.problems);
  }
  return { signer, path, digestAlgorithm, opusInfo, ok: problems.length === 0, problems };
}

const UNREADABLE: SignatureVerification = {
  signer: undefined,
  path: [],
  digestAlgorithm: undefined,
  opusInfo: {},
  ok: false,
  problems: [],
};

async function verifySignatures(
  file: SignableFile,
  source: ByteSource,
  signatures: readonly Uint8Array[],
  options: VerificationOptions,
): Promise<SignatureVerification[]> {
  const results: SignatureVerification[] = [];
  const queue = signatures.map((bytes) => ({ bytes, nested: false }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (results.length === MAXIMUM_SIGNATURES) {
      const message = `the file has more than ${MAXIMUM_SIGNATURES} signatures`;
      results.push({ ...UNREADABLE, problems: [problem('malformed', message)] });
      break;
    }
    const { bytes, nested } = next;
    const signature = await orProblem(() => file.openSignature(bytes));
    if (isProblem(signature)) {
      results.push({ ...UNREADABLE, problems: [signature] });
      continue;
    }
    results.push(await verifySignature(signature, source, options));
    if (!nested) queue.unshift(...signature.nested.map((inner) => ({ bytes: inner, nested: true })));
  }
  return results;
}

function summarize(
  format: FileVerification['format'],
  signatures: readonly SignatureVerification[],
  problems: readonly VerificationProblem[],
): FileVerification {
  const tampered = signatures.some((signature) => signature.problems.some(({ code }) => TAMPERING.has(code)));
  const ok = problems.length === 0 && !tampered && signatures.some((signature) => signature.ok);
  return { format, signatures, ok, problems };
}

/**
 * Checks every signature in a file. Malformed files and signatures are reported as problems, not thrown: `unsigned`,
 * `malformed`, `digestMismatch`, `weakDigest`, `badSignature`, and those of certification paths.
 */
export async function verifyFile(source: ByteSource, options: VerificationOptions): Promise<FileVerification> {
  const file = await identifySource(source);
  if (file === undefined) {
    return summarize(
      'unknown',
      [],
      [problem('unsigned', 'files of this format cannot carry a signature; it may be in a catalog')],
    );
  }
  const signatures = await orProblem(() => file.readSignatures(source));
  if (isProblem(signatures)) return summarize(file.name, [], [signatures]);
  if (signatures.length === 0) return summarize(file.name, [], [problem('unsigned', 'the file is not signed')]);
  return summarize(file.name, await verifySignatures(file, source, signatures, options), []);
}

/** The digests by which catalogs know a file; images are read once. */
export async function computeCatalogDigests(
  source: ByteSource,
): Promise<Required<FileDigests> & { kind: 'pe' | 'cab' | 'flat' }> {
  const file = await identifySource(source);
  if (file?.name === 'pe') {
    const digests = await computePeDigests(source, ['sha1', 'sha256']);
    return {
      kind: 'pe',
      sha1: digests.get('sha1') ?? new Uint8Array(0),
      sha256: digests.get('sha256') ?? new Uint8Array(0),
    };
  }
  if (file?.name === 'cab') {
    return { kind: 'cab', sha1: await file.digest(source, 'sha1'), sha256: await file.digest(source, 'sha256') };
  }
  const sha1 = createHash('sha1');
  const sha256 = createHash('sha256');
  for await (const chunk of streamSource(source)) {
    sha1.update(chunk);
    sha256.update(chunk);
  }
  return { kind: 'flat', sha1: new Uint8Array(sha1.digest()), sha256: new Uint8Array(sha256.digest()) };
}

/**
 * Checks a file through a catalog: the catalog's signature, and that the file is one of its members. In a version 2
 * catalog only a SHA-256 entry counts. Adds problem `notInCatalog` to those of `verifyFile`; `signatures` are the catalog's.
 */
export async function verifyFileInCatalog(
  source: ByteSource,
  catalogBytes: Uint8Array,
  options: VerificationOptions,
): Promise<FileVerification> {
  const format = (await identifySource(source))?.name ?? 'unknown';
  const verified = await verifyFile(bytesSource(catalogBytes), options);
  if (verified.format !== 'cat') {
    return summarize(format, [], [problem('malformed', 'the catalog is not a security catalog')]);
  }
  const problems = [...verified.problems];
  const membership = await orProblem(async () => {
    const contents = readCatalog(parseSignedData(catalogBytes));
    const { sha1, sha256 } = await computeCatalogDigests(source);
    const digest = contents.version === 2 ? sha256 : sha1;
    const member = findCatalogMember(contents, contents.version === 2 ? { sha256 } : { sha1 });
    const agrees = member !== undefined && (member.digest === undefined || equalBytes(member.digest, digest));
    if (agrees && contents.version === 1 && options.allowSha1 !== true) return WEAK_DIGEST;
    return agrees ? contents : problem('notInCatalog', 'the catalog has no entry for a file with this content');
  });
  if (isProblem(membership)) problems.push(membership);
  return summarize(format, verified.signatures, problems);
}
