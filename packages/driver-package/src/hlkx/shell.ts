// The shell of an HLK package: what a derived submission (a DUA package, "driver update acceptable") is made from. It is the
// initial package with its results, but without its drivers and signatures, and says whose drivers new ones will replace.
// What Microsoft's shells hold is not public but for the package's Type and the drivers' ReplacesId; the rest, and the
// value of Type, are a convention of this project.
import { createHash } from 'node:crypto';
import {
  attributeOf,
  type ByteSource,
  hlkx,
  type OpcPackage,
  openPackage,
  PACKAGE_ROOT,
  ParseError,
  type Part,
  parseXml,
  replaceText,
  resolveTarget,
  rewrittenSource,
  type ZipLimits,
  zipRewrite,
} from '@assay/authenticode';
import type { Finding } from '../finding.ts';
import { changedTypes, contentTypesEntry } from './content-types.ts';
import { isDriverPart } from './driver-parts.ts';
import { retypedPackageInfo } from './package-info-edits.ts';
import { findPackageInfo } from './read.ts';
import { MOST_DEPTH, MOST_PACKAGE_INFO_BYTES } from './read-package-info.ts';
import { OPC_MEDIA_TYPE, SHELL_NAME, SHELL_TYPE } from './vocabulary.ts';
import { documentText, element } from './xml-text.ts';

const MOST_LABEL_BYTES = 8 * 1024 ** 2;
/** Parts that a message names; the others are counted. */
const MOST_NAMED = 5;
const SIGNATURE_RELATIONSHIP =
  /^http:\/\/schemas\.openxmlformats\.org\/package\/2006\/relationships\/digital-signature\//i;

/** Whose shell it is. */
export interface ShellLabel {
  /** Decimal. */
  readonly productId: string;
  /** Of the initial submission, decimal. */
  readonly submissionId: string;
  /** The drivers that were in the package: an id for each folder. */
  readonly drivers: readonly { readonly folder: string; readonly id: string }[];
}

function labelText({ productId, submissionId, drivers }: ShellLabel): Uint8Array {
  const folders = drivers.map(({ folder, id }) => element('Driver', { Folder: folder, ReplacesId: id }));
  return documentText(element('Shell', { ProductId: productId, SubmissionId: submissionId }, folders));
}

/** A GUID that stands for this driver of this submission: the same each time. */
function replacementId(submissionId: string, id: string): string {
  const bytes = createHash('sha256').update(`${submissionId}\n${id}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The shell of a package: the same bytes for the same package and label. Throws ParseError when `source` is no HLK package,
 * SigningError `package-too-large`.
 */
export async function makeHlkxShell(
  source: ByteSource,
  label: ShellLabel,
  limits: Partial<ZipLimits> = {},
): Promise<ByteSource> {
  const unsigned = rewrittenSource(source, await hlkx.removeSignatures(source));
  const opened = await openPackage(unsigned, limits);
  const part = await findPackageInfo(opened);
  const document = parseXml(await opened.read(part, MOST_PACKAGE_INFO_BYTES), {
    bytes: MOST_PACKAGE_INFO_BYTES,
    depth: MOST_DEPTH,
  });
  const info = retypedPackageInfo(document, SHELL_TYPE, (id) => replacementId(label.submissionId, id));
  const drivers = opened.parts.filter(({ name }) => isDriverPart(name));
  const types = changedTypes(opened, {
    removed: new Set(drivers.map(({ name }) => name.toLowerCase())),
    added: [[SHELL_NAME, 'text/xml']],
  });
  const rewrite = zipRewrite(opened.archive, {
    additions: [
      contentTypesEntry(types),
      { name: part.entry.name, contents: replaceText(document, 0, document.text.length, info) },
      { name: SHELL_NAME.slice(1), contents: labelText(label) },
    ],
    // Folders have entries of their own in archives that ordinary zip tools made.
    removals: new Set(opened.archive.entries.filter(({ name }) => isDriverPart(`/${name}`))),
  });
  return rewrittenSource(unsigned, rewrite);
}

/** The ids in the shell's own part; undefined when a package has none that can be read. */
async function readLabel(opened: OpcPackage): Promise<Omit<ShellLabel, 'drivers'> | undefined> {
  const part = opened.find(SHELL_NAME);
  if (part === undefined) return undefined;
  const { root } = parseXml(await opened.read(part, MOST_LABEL_BYTES), { bytes: MOST_LABEL_BYTES, depth: 4 });
  const [productId, submissionId] = [attributeOf(root, 'ProductId'), attributeOf(root, 'SubmissionId')];
  const isId = (text: string | undefined): text is string => /^[0-9]{1,20}$/.test(text ?? '');
  return root.local === 'Shell' && isId(productId) && isId(submissionId) ? { productId, submissionId } : undefined;
}

/** Parts that must be the shell's: not drivers, and not what signing writes. */
function keptParts({ parts }: OpcPackage): Map<string, Part> {
  const kept = parts.filter(({ name, contentType }) => !isDriverPart(name) && !OPC_MEDIA_TYPE.test(contentType));
  return new Map(kept.map((part) => [part.name.toLowerCase(), part]));
}

/** The package's relationships but for those to signatures, in an order of their own. */
async function keptRelationships(opened: OpcPackage): Promise<string> {
  return (await opened.relationships(PACKAGE_ROOT))
    .filter(({ type }) => !SIGNATURE_RELATIONSHIP.test(type))
    .map(({ type, target, external }) => {
      const name = external ? target : resolveTarget(PACKAGE_ROOT, target)?.toLowerCase();
      return JSON.stringify([type, external, name ?? target]);
    })
    .sort()
    .join('\n');
}

async function sha256(opened: OpcPackage, part: Part): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of opened.stream(part)) hash.update(chunk);
  return hash.digest('hex');
}

async function differences(opened: OpcPackage, shell: OpcPackage): Promise<string[]> {
  const found: string[] = [];
  const theirs = keptParts(opened);
  const ours = keptParts(shell);
  for (const [folded, part] of ours) {
    const other = theirs.get(folded);
    if (other === undefined) found.push(`${part.name} is missing`);
    else if (other.entry.size !== part.entry.size || (await sha256(opened, other)) !== (await sha256(shell, part))) {
      found.push(`${part.name} is another one`);
    }
  }
  for (const [folded, { name }] of theirs) if (!ours.has(folded)) found.push(`${name} is not in the shell`);
  if ((await keptRelationships(opened)) !== (await keptRelationships(shell))) {
    found.push('the relationships of the package are other ones');
  }
  return found;
}

function notFromShell(summary: string): Finding {
  return {
    rule: 'update-is-made-from-its-shell',
    severity: 'error',
    summary,
    explanation:
      'The package of a derived submission is the shell of the initial one with new drivers in it: the tests were run with the initial one, and its results count for the update.',
    remedy:
      'Download the derivedPackage of this submission, put the drivers into that file with "assay pack … --hlkx" and change nothing else in it.',
  };
}

/**
 * The rule that a package is this shell with drivers in it, and signed: every other part is there with the shell's bytes,
 * and none besides. Throws ParseError when one of both is no package.
 */
export async function checkMadeFromShell(
  source: ByteSource,
  shellSource: ByteSource,
  limits: Partial<ZipLimits> = {},
): Promise<Finding[]> {
  const opened = await openPackage(source, limits);
  const shell = await openPackage(shellSource, limits);
  const [own, expected] = [await readLabel(opened), await readLabel(shell)];
  if (expected === undefined) throw new ParseError('opc', 'no-shell', 'the package to compare with is no shell');
  if (own === undefined) return [notFromShell('The package is not made from a shell: it has no part that names one.')];
  if (own.productId !== expected.productId || own.submissionId !== expected.submissionId) {
    const [theirs, ours] = [own, expected].map((each) => `product ${each.productId}, submission ${each.submissionId}`);
    return [notFromShell(`The package is made from another shell: it names ${theirs}, and this is ${ours}.`)];
  }
  const found = await differences(opened, shell);
  if (found.length === 0) return [];
  const rest = found.length > MOST_NAMED ? `; and ${found.length - MOST_NAMED} more` : '';
  return [notFromShell(`The package is not the shell with drivers: ${found.slice(0, MOST_NAMED).join('; ')}${rest}.`)];
}
