// Checks Authenticode signatures: that they belong to the file, that they are genuine, and that the signer is trusted for
// this usage at this time. Time stamps are not looked at: a certificate that has expired is reported as expired.

import { createHash } from 'node:crypto';
import { type ByteSource, bytesSource, streamSource } from './byte-source.ts';
import { equalBytes } from './bytes.ts';
import { type FileDigests, findCatalogMember, readCatalog } from './catalog/index.ts';
import { checkSigner, findSigner, parseSignedData, type SignedData } from './cms/index.ts';
import type { DigestAlgorithm } from './digest-algorithms.ts';
import { ParseError } from './errors.ts';
import { HEAD_BYTES, identifyFile } from './identify.ts';
import { OID } from './object-identifiers.ts';
import { computePeDigests } from './pe/index.ts';
import type { SignableFile } from './signable-file.ts';
import { type OpusInfo, parseIndirectData, readOpusInfo } from './spc/index.ts';
import { buildCertificationPath, type Certificate, type PathProblemCode } from './x509/index.ts';

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
  readonly format: 'pe' | 'cab' | 'cat' | 'unknown';
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

/** Checks what the signature says about the file it stands in. */
type ContentCheck = (signedData: SignedData) => Promise<VerificationProblem | undefined>;

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

/** A signature's content must be the file's digest, or the file itself where that is a catalog. */
function contentCheck(
  source: ByteSource,
  file: SignableFile,
  { allowSha1 = false }: VerificationOptions,
): ContentCheck {
  return async ({ contentType, contentBytes }) => {
    if (file.name === 'cat') {
      const { content } = await file.content(source, 'sha256');
      return equalBytes(content, contentBytes)
        ? undefined
        : problem('digestMismatch', 'the signature covers another catalog');
    }
    if (contentType !== OID.spcIndirectData) {
      return problem('digestMismatch', `the signature covers content of type ${contentType}, not a file`);
    }
    const { algorithm, digest } = parseIndirectData(contentBytes);
    if (equalBytes(digest, await file.digest(source, algorithm))) {
      return algorithm === 'sha1' && !allowSha1 ? WEAK_DIGEST : undefined;
    }
    return problem('digestMismatch', `the file was changed after it was signed: its ${algorithm} digest is another`);
  };
}

function readOpus(signedData: SignedData): OpusInfo {
  const value = signedData.signerInfos[0]?.signedAttributes.find(({ type }) => type === OID.spcOpusInfo)?.values[0];
  try {
    return value === undefined ? {} : readOpusInfo(value);
  } catch (error) {
    if (error instanceof ParseError) return {};
    throw error;
  }
}

async function verifySignature(
  signedData: SignedData,
  checkContent: ContentCheck,
  options: VerificationOptions,
): Promise<SignatureVerification> {
  const problems: VerificationProblem[] = [];
  const [signerInfo, ...others] = signedData.signerInfos;
  if (signerInfo === undefined || others.length > 0) {
    const message = `a signature has exactly one signer, this one has ${signedData.signerInfos.length}`;
    return { ...UNREADABLE, problems: [problem('malformed', message)] };
  }
  const contentProblem = await orProblem(async () => (await checkContent(signedData)) ?? signedData);
  if (isProblem(contentProblem)) problems.push(contentProblem);
  if (signerInfo.digestAlgorithm === 'sha1' && options.allowSha1 !== true && !problems.includes(WEAK_DIGEST)) {
    problems.push(WEAK_DIGEST);
  }

  const signer = findSigner(signerInfo, signedData.certificates);
  let path: readonly Certificate[] = [];
  if (signer === undefined) {
    problems.push(problem('badSignature', "the signature does not carry its signer's certificate"));
  } else {
    const forged = checkSigner(signedData, signerInfo, signer);
    if (forged !== undefined) problems.push(problem('badSignature', forged));
    const found = buildCertificationPath({
      leaf: signer,
      intermediates: [...signedData.certificates, ...(options.intermediates ?? [])],
      anchors: options.anchors,
      requiredUsage: options.requiredUsage ?? OID.codeSigning,
      ...(options.at === undefined ? {} : { at: options.at }),
    });
    path = found.path;
    problems.push(...found.problems);
  }
  return {
    signer,
    path,
    digestAlgorithm: signerInfo.digestAlgorithm,
    opusInfo: readOpus(signedData),
    ok: problems.length === 0,
    problems,
  };
}

const UNREADABLE: SignatureVerification = {
  signer: undefined,
  path: [],
  digestAlgorithm: undefined,
  opusInfo: {},
  ok: false,
  problems: [],
};

/** DER of the signatures nested in this one (unauthenticated attribute of the first signer). */
function nestedSignatures(signedData: SignedData): Uint8Array[] {
  return (signedData.signerInfos[0]?.unauthenticatedAttributes ?? [])
    .filter(({ type }) => type === OID.nestedSignature)
    .flatMap(({ values }) => values.map(({ bytes }) => bytes));
}

async function verifySignatures(
  signatures: readonly Uint8Array[],
  checkContent: ContentCheck,
  options: VerificationOptions,
): Promise<SignatureVerification[]> {
  const results: SignatureVerification[] = [];
  const queue = signatures.map((der) => ({ der, nested: false }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (results.length === MAXIMUM_SIGNATURES) {
      const message = `the file has more than ${MAXIMUM_SIGNATURES} signatures`;
      results.push({ ...UNREADABLE, problems: [problem('malformed', message)] });
      break;
    }
    const { der, nested } = next;
    const signedData = await orProblem(() => parseSignedData(der));
    if (isProblem(signedData)) {
      results.push({ ...UNREADABLE, problems: [signedData] });
      continue;
    }
    results.push(await verifySignature(signedData, checkContent, options));
    if (!nested) queue.unshift(...nestedSignatures(signedData).map((inner) => ({ der: inner, nested: true })));
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

async function identifySource(source: ByteSource): Promise<SignableFile | undefined> {
  return identifyFile(await source.read(0, Math.min(source.size, HEAD_BYTES)));
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
  return summarize(file.name, await verifySignatures(signatures, contentCheck(source, file, options), options), []);
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
