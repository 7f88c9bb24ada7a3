// What is in a signed file, for people.
import type {
  CabinetDescription,
  CatalogDescription,
  CertificateDescription,
  FileDescription,
  ImageDescription,
  PackageDescription,
  SignatureDescription,
  TimestampDescription,
} from '@assay/authenticode';
import { formatBytes } from '../output.ts';

const LABEL_WIDTH = 18;

type Line = (label: string, value: string | number | undefined) => void;

/** Writes labelled lines at an indentation; what is undefined or empty is left out. */
function linesAt(depth: number): Line {
  const indent = '  '.repeat(depth);
  return (label, value) => {
    if (value === undefined || value === '') return;
    process.stdout.write(`${indent}${label.padEnd(LABEL_WIDTH)}${value}\n`);
  };
}

function heading(depth: number, text: string): void {
  process.stdout.write(`${'  '.repeat(depth)}${text}\n`);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function describeUsages({ usages }: CertificateDescription): string {
  return usages === undefined ? 'any' : usages.map(({ name }) => name).join(', ');
}

function printCertificate(certificate: CertificateDescription, depth: number): void {
  const line = linesAt(depth);
  line('subject', certificate.subject);
  line('issuer', certificate.issuer);
  line('serial number', certificate.serialNumber);
  line('valid', `${certificate.notBefore} to ${certificate.notAfter}`);
  line('key', certificate.key);
  line('usages', describeUsages(certificate));
  line('policies', certificate.policies?.map(({ name }) => name).join(', '));
  line('SHA-1', certificate.sha1);
  line('SHA-256', certificate.sha256);
}

function printTimestamp(stamp: TimestampDescription, depth: number): void {
  const line = linesAt(depth);
  heading(depth, stamp.kind === 'rfc3161' ? 'time stamp (RFC 3161)' : 'time stamp (legacy countersignature)');
  line('  time', stamp.time ?? 'unreadable');
  line('  authority', stamp.authority?.subject);
  line('  digest', stamp.digestAlgorithm);
  line('  serial number', stamp.serialNumber);
}

function printSignature(signature: SignatureDescription, title: string, depth: number): void {
  const line = linesAt(depth + 1);
  heading(depth, title);
  line('size', formatBytes(signature.size));
  line('digest', signature.digestAlgorithm);
  line(
    'file digest',
    signature.fileDigest === undefined ? undefined : `${signature.fileDigestAlgorithm} ${signature.fileDigest}`,
  );
  line('algorithm', signature.signatureAlgorithm.name);
  line(
    'page hashes',
    signature.pageHashes && `${signature.pageHashes.pages} pages by ${signature.pageHashes.algorithm}`,
  );
  line('program name', signature.programName);
  line('more information', signature.moreInfoUrl);
  line('statement type', signature.statementType);
  line('sequence number', signature.sequenceNumber);
  line('claimed time', signature.claimedTime);
  line('signed', signature.signedAttributes?.map(({ name }) => name).join(', '));
  line('besides', signature.unauthenticatedAttributes?.map(({ name }) => name).join(', '));
  for (const fault of signature.encodingFaults ?? []) line('encoding fault', fault);
  heading(depth + 1, 'signer');
  if (signature.signer === undefined) heading(depth + 2, 'its certificate is not in the signature');
  else printCertificate(signature.signer, depth + 2);
  for (const certificate of signature.certificates) {
    if (certificate.sha256 === signature.signer?.sha256) continue;
    heading(depth + 1, 'certificate');
    printCertificate(certificate, depth + 2);
  }
  for (const stamp of signature.timestamps) printTimestamp(stamp, depth + 1);
  for (const [index, nested] of signature.nested.entries()) {
    printSignature(nested, `nested signature ${index + 1}`, depth + 1);
  }
}

function printImage(image: ImageDescription): void {
  const line = linesAt(1);
  heading(0, 'image');
  line('machine', `${image.machine}, ${image.magic}`);
  line('subsystem', image.subsystemName);
  const { stored, computed } = image.checksum;
  line('checksum', stored === computed ? `${hex(stored)}, right` : `${hex(stored)}, but should be ${hex(computed)}`);
  for (const { name, offset, size, virtualAddress } of image.sections) {
    line(`section ${name}`, `${size} bytes at ${hex(offset)}, loaded at ${hex(virtualAddress)}`);
  }
  const table = image.certificateTable;
  line('certificate table', table && `${table.size} bytes at ${hex(table.offset)}`);
}

function printCatalog(catalog: CatalogDescription): void {
  const line = linesAt(1);
  heading(0, 'catalog');
  line('version', catalog.version);
  line('list identifier', catalog.listIdentifier);
  line('made', catalog.thisUpdate);
  for (const { name, value } of catalog.attributes) line(name, value);
  for (const note of catalog.notes) line('note', note);
  line('files', catalog.memberCount - catalog.stubCount);
  for (const member of catalog.members ?? []) {
    if (member.isStub) continue;
    const systems = member.osAttributes === undefined ? '' : `  for ${member.osAttributes}`;
    heading(2, `${member.tag}  ${member.kind ?? ''}  ${member.fileName ?? '(no name)'}${systems}`);
  }
}

function printCabinet(cabinet: CabinetDescription): void {
  const line = linesAt(1);
  heading(0, 'cabinet');
  line('size', `${cabinet.size} bytes without the signature`);
  line('set', `${cabinet.setId}, cabinet ${cabinet.index}`);
  line('belongs to a set', cabinet.hasPrevious || cabinet.hasNext ? 'yes: its files continue elsewhere' : undefined);
  const { reserve } = cabinet;
  line('reserve', reserve && `${reserve.header} in the header, ${reserve.folder} a folder, ${reserve.data} a block`);
  for (const folder of cabinet.folders) line('folder', `${folder.compression}, ${folder.blockCount} blocks`);
  line('files', `${cabinet.fileCount}, ${formatBytes(cabinet.totalBytes)}`);
  for (const { name, size } of cabinet.files ?? []) heading(2, `${String(size).padStart(12)}  ${name}`);
}

function printPackage({ partCount, parts }: PackageDescription): void {
  heading(0, 'package');
  linesAt(1)('parts', partCount);
  for (const { name, size } of parts ?? []) heading(2, `${String(size).padStart(12)}  ${name}`);
}

/** Prints a description under the name of its file. */
export function printDescription(file: string, description: FileDescription): void {
  const line = linesAt(0);
  heading(0, file);
  line('format', description.title);
  line('size', `${description.size} bytes`);
  line('SHA-256', description.sha256);
  line('Authenticode', description.authenticode && `SHA-256 ${description.authenticode.sha256}`);
  line('', description.authenticode && `SHA-1   ${description.authenticode.sha1}`);
  if (description.image !== undefined) printImage(description.image);
  if (description.catalog !== undefined) printCatalog(description.catalog);
  if (description.cabinet !== undefined) printCabinet(description.cabinet);
  if (description.package !== undefined) printPackage(description.package);
  if (description.signatures.length === 0) heading(0, 'not signed');
  for (const [index, signature] of description.signatures.entries()) {
    printSignature(signature, `signature ${index + 1}`, 0);
  }
  for (const { where, code, message } of description.faults) line('FAULT', `${where}: ${message} (${code})`);
}
