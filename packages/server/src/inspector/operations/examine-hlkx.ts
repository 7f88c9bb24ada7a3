// First look at an HLK or HCK package: what it says of itself, which drivers it holds, and whose signature it carries.
import { type ByteSource, ParseError } from '@assay/authenticode';
import {
  checkHlkxDrivers,
  checkKit,
  checkLayout,
  type Finding,
  type HlkxDescription,
  readHlkx,
} from '@assay/driver-package';
import type { ExamineAnswer, ExamineRequest, HlkFacts } from '../protocol.ts';
import { examineSignature } from './examine-signature.ts';

const NO_HARNESS: Finding = {
  rule: 'package-is-a-cabinet',
  severity: 'error',
  summary: 'The uploaded file is a zip or an HLK package (.hlkx), and only a cabinet can be submitted here.',
  explanation:
    'Packages of the HLK and the HCK are taken for products whose test harness is hlk or hck; those for attestation and for preproduction are cabinets.',
  remedy:
    'Submit the driver folders in a signed cabinet, or make a product with the test harness of the kit that the package comes from.',
};

const ZIP64: Finding = {
  rule: 'package-is-not-zip64',
  severity: 'error',
  serviceMessage: 'File is using Zip64(4gb+file Size)',
  summary: 'The package is a ZIP64 archive.',
  explanation: 'Packages with ZIP64 records are not taken, whether they are that large or not.',
  remedy:
    'Make the package with a tool that writes ZIP64 only where it must, and keep it below 4 GiB and 65,535 entries.',
};

const NO_HLK_PACKAGE = new Set(['no-content-types', 'no-package-info', 'no-relationships']);

function notAnHlkPackage(reason: string): Finding {
  return {
    rule: 'package-is-an-hlk-package',
    severity: 'error',
    summary: `The uploaded file is a zip but no HLK package: ${reason}.`,
    explanation: 'An HLK package holds a PackageInfo.xml that its relationships lead to, and types for all its parts.',
    remedy: 'Make the package in the studio of the kit, or submit the driver folders in a signed cabinet.',
  };
}

function refused(findings: readonly Finding[]): ExamineAnswer {
  return {
    container: 'zip',
    findings,
    entries: [],
    signerThumbprint: undefined,
    signerSubject: undefined,
    hlk: undefined,
  };
}

function tooManyFiles(count: number, most: number): Finding[] {
  if (count <= most) return [];
  return [
    {
      rule: 'package-size-is-sane',
      severity: 'error',
      summary: `The package holds ${count} driver files; at most ${most} are accepted.`,
      explanation: 'The work on one package is limited, so that others are not kept waiting.',
      remedy: 'Split the drivers among several packages.',
    },
  ];
}

function factsOf({ kit, packageInfo, tests, operatingSystemCodes, productTypes, parts }: HlkxDescription): HlkFacts {
  const isFromShell = parts.some((part) => part.kind === 'shell');
  return { kit, kitVersion: packageInfo.kitVersion, tests, operatingSystemCodes, productTypes, isFromShell };
}

/** The answer for a package that begins as a ZIP archive. Throws ParseError for one that is malformed. */
export async function examineHlkx(source: ByteSource, request: ExamineRequest): Promise<ExamineAnswer> {
  const { testHarness, limits } = request;
  if (testHarness !== 'hlk' && testHarness !== 'hck') return refused([NO_HARNESS]);
  let description: HlkxDescription;
  try {
    description = await readHlkx(source, { limits: { totalBytes: limits.totalBytes } });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.code === 'zip64') return refused([ZIP64]);
    if (NO_HLK_PACKAGE.has(error.code)) return refused([notAnHlkPackage(error.message)]);
    throw error;
  }
  const { driverFiles, kit, packageInfo } = description;
  // Before anything that takes the longer, the more files there are.
  const tooMany = tooManyFiles(driverFiles.length, limits.files);
  if (tooMany.length > 0) return refused(tooMany);
  const layout = checkLayout(driverFiles);
  const signature = await examineSignature(source, request, 'hlkx');
  return {
    container: 'zip',
    findings: [
      ...checkKit(kit, testHarness, packageInfo.kitVersion),
      ...(driverFiles.length === 0 ? checkHlkxDrivers(driverFiles) : layout.findings),
      ...signature.findings,
    ],
    entries: layout.folders.flatMap((folder) =>
      folder.files.map((file) => ({ path: `${folder.name}/${file.name}`, size: file.size })),
    ),
    ...signature.signer,
    hlk: factsOf(description),
  };
}
