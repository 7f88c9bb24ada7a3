// Checks a file through a security catalog: the catalog's signature, and that the file is one of its members.
import { type ByteSource, bytesSource } from '../byte-source.ts';
import { equalBytes } from '../bytes.ts';
import { type Catalog, type CatalogEntry, findCatalogMembers, readCatalog } from '../catalog/index.ts';
import { parseSignedData } from '../cms/index.ts';
import { computeCatalogDigests } from '../file-digests.ts';
import { identifySource } from '../identify.ts';
import { judgeFile } from './file-policies.ts';
import type {
  CatalogVerification,
  CatalogVerificationOptions,
  FileVerification,
  MatchedMember,
  VerificationOptions,
  VerificationProblem,
} from './verification.ts';
import { isGood, readSubsystem, summarize, UNKNOWN_TITLE, verifySignatures } from './verify-file.ts';
import { isProblem, orProblem, problem, WEAK_DIGEST } from './verify-signature.ts';

const NOT_LISTED = problem('notInCatalog', 'the catalog has no entry for a file with this content');

/** The last part of a path, in lower case as catalogs store names. */
function baseName(path: string): string {
  return path.replace(/^.*[/\\]/s, '').toLowerCase();
}

/** The entries for this content: the same file may stand in a catalog more than once, for different versions of Windows. */
function findEntries(catalog: Catalog, digest: Uint8Array): CatalogEntry[] {
  return findCatalogMembers(catalog, digest).filter(
    (entry) => entry.digest === undefined || equalBytes(entry.digest, digest),
  );
}

/** The entry that is told of: the one with the file's own name if there is one. */
function matchMember(entries: readonly CatalogEntry[], name: string | undefined): MatchedMember | undefined {
  const entry = entries.find(({ fileName }) => fileName?.toLowerCase() === name) ?? entries[0];
  if (entry === undefined) return undefined;
  const osAttributes = entries
    .filter(({ fileName }) => fileName === entry.fileName)
    .flatMap(({ osAttributes = '' }) => osAttributes.split(','))
    .map((version) => version.trim())
    .filter((version) => version !== '');
  return { tag: entry.tag, fileName: entry.fileName, osAttributes: [...new Set(osAttributes)] };
}

/** A catalog that was verified once, to look up any number of files in it. */
export interface VerifiedCatalog {
  /** What is said of the catalog by itself. */
  readonly verification: FileVerification;
  /** Checks a file through it; `fileName` as in CatalogVerificationOptions. */
  verifyMember(source: ByteSource, fileName?: string): Promise<CatalogVerification>;
}

/**
 * Checks the signature of a catalog and reads its members. What is wrong with it, up to not being a catalog, is a problem of
 * each file that is then looked up.
 */
export async function verifyCatalog(catalogBytes: Uint8Array, options: VerificationOptions): Promise<VerifiedCatalog> {
  const verified = await verifySignatures(bytesSource(catalogBytes), options);
  const isCatalog = verified.file?.name === 'cat';
  const signatures = isCatalog ? verified.signatures : [];
  const problems: readonly VerificationProblem[] = isCatalog
    ? verified.problems
    : [problem('malformed', 'the catalog is not a security catalog')];
  const contents = isCatalog ? await orProblem(() => readCatalog(parseSignedData(catalogBytes))) : undefined;
  const verifications = signatures.map(({ verification }) => verification);

  /** The member for a file, and why it does not count. */
  async function findMember(source: ByteSource, name: string | undefined) {
    if (contents === undefined) return { member: undefined, fault: undefined };
    if (isProblem(contents)) return { member: undefined, fault: contents };
    const digests = await orProblem(() => computeCatalogDigests(source));
    if (isProblem(digests)) return { member: undefined, fault: digests };
    const { version } = contents;
    const member = matchMember(findEntries(contents, version === 2 ? digests.sha256 : digests.sha1), name);
    if (member === undefined) return { member, fault: NOT_LISTED };
    return { member, fault: version === 1 && options.allowSha1 !== true ? WEAK_DIGEST : undefined };
  }

  return {
    verification: await summarize(verified, bytesSource(catalogBytes), options),
    async verifyMember(source, fileName) {
      const identified = await orProblem(async () => ({ file: await identifySource(source) }));
      const file = isProblem(identified) ? undefined : identified.file;
      const format = file?.name ?? 'unknown';
      const title = file?.title ?? UNKNOWN_TITLE;
      const name = fileName === undefined ? undefined : baseName(fileName);
      const { fault, member } = await findMember(source, name);
      const nameDiffers =
        name === undefined || member?.fileName === undefined ? undefined : member.fileName.toLowerCase() !== name;
      const all = fault === undefined ? problems : [...problems, fault];
      const subsystem = await readSubsystem(file, source);
      const throughCatalog = { member, nameDiffers };
      return {
        format,
        signatures: verifications,
        ok: isGood(verifications, all),
        problems: all,
        policies: judgeFile({ format, title, signatures, problems: all, subsystem, throughCatalog, options }),
        member,
        nameDiffers,
      };
    },
  };
}

/**
 * Checks a file through a catalog. In a version 2 catalog only a SHA-256 entry counts. Adds problem `notInCatalog` to those
 * of `verifyFile`; `signatures` are the catalog's. That the catalog lists the content under another name is told in
 * `nameDiffers` and is no problem: Windows knows members by their content. For more than a few files of one catalog,
 * `verifyCatalog` reads it only once.
 */
export async function verifyFileInCatalog(
  source: ByteSource,
  catalogBytes: Uint8Array,
  options: CatalogVerificationOptions,
): Promise<CatalogVerification> {
  return (await verifyCatalog(catalogBytes, options)).verifyMember(source, options.fileName);
}
