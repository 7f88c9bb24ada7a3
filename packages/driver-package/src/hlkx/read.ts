// Reads an HLK or HCK package: what it says of itself, what follows from that, and which driver files it holds.
import {
  type ByteSource,
  type OpcPackage,
  openPackage,
  PACKAGE_ROOT,
  ParseError,
  type Part,
  resolveTarget,
  type ZipLimits,
} from '@assay/authenticode';
import { type HlkxDriverFile, listDriverFiles } from './driver-parts.ts';
import { type HardwareKit, identifyKit } from './kit.ts';
import { type HlkPackageInfo, type HlkTestCounts, sumTestCounts } from './package-facts.ts';
import { describeParts, type HlkxPart } from './package-parts.ts';
import { deviceMetadataCategory, selectProductTypes } from './product-types.ts';
import { MOST_PACKAGE_INFO_BYTES, readPackageInfo } from './read-package-info.ts';
import { kitRelationship, OPC_MEDIA_TYPE } from './vocabulary.ts';

/** More distinct codes than there are systems. */
const MOST_CODES = 1000;

export interface HlkxOptions {
  /** Name of the file, which tells the kit when the package does not. */
  readonly fileName?: string;
  readonly limits?: Partial<ZipLimits>;
}

export interface HlkxDescription {
  readonly kit: HardwareKit;
  readonly packageInfo: HlkPackageInfo;
  /** Results of all projects together; undefined when the package tells none. */
  readonly tests: HlkTestCounts | undefined;
  /** Each code once, as `requestedSignatures` has them. */
  readonly operatingSystemCodes: readonly string[];
  /** By operating system family, as `selectedProductTypes` has them; compare the families without case. */
  readonly productTypes: Readonly<Record<string, string>>;
  /** What `deviceMetadataCategory` should be, where the product types tell. */
  readonly deviceMetadataCategory: string | undefined;
  readonly parts: readonly HlkxPart[];
  /** Files of drivers by this project's convention. Their names are not judged yet: see checkLayout. */
  readonly driverFiles: readonly HlkxDriverFile[];
}

/** The one part that relationships to a description of the package lead to. */
export async function findPackageInfo(opened: OpcPackage): Promise<Part> {
  const relationships = (await opened.relationships(PACKAGE_ROOT)).filter(
    ({ type }) => kitRelationship(type) === 'packageinfo',
  );
  const targets = new Map<string, Part>();
  for (const { id, target, external } of relationships) {
    const name = external ? undefined : resolveTarget(PACKAGE_ROOT, target);
    const part = name === undefined ? undefined : opened.find(name);
    if (part === undefined || OPC_MEDIA_TYPE.test(part.contentType)) {
      const message = `the relationship '${id}' leads to no PackageInfo.xml that is in the package`;
      throw new ParseError('opc', 'no-package-info', message);
    }
    targets.set(part.name, part);
  }
  const [part, ...others] = targets.values();
  if (part === undefined) {
    const message = 'the package has no PackageInfo.xml: it comes from neither the HLK nor the HCK';
    throw new ParseError('opc', 'no-package-info', message);
  }
  if (others.length > 0) {
    const message = `the package has ${targets.size} PackageInfo.xml; there must be one`;
    throw new ParseError('opc', 'several-package-infos', message, others[0]?.entry.start);
  }
  return part;
}

/** Each code in its first spelling, compared without case. */
function distinct(codes: readonly string[]): string[] {
  const spellings = new Map<string, string>();
  for (const code of codes) {
    if (!spellings.has(code.toLowerCase())) spellings.set(code.toLowerCase(), code);
  }
  return [...spellings.values()];
}

/**
 * Reads a package. Its signature is not looked at: see verifyFile. Throws ParseError of the container, `no-package-info`,
 * `several-package-infos`, `bad-package-info`, `too-many-targets`, `bad-driver-part`, and those of XML.
 */
export async function readHlkx(
  source: ByteSource,
  { fileName, limits = {} }: HlkxOptions = {},
): Promise<HlkxDescription> {
  const opened = await openPackage(source, limits);
  const part = await findPackageInfo(opened);
  const packageInfo = readPackageInfo(await opened.read(part, MOST_PACKAGE_INFO_BYTES));
  const instances = packageInfo.projects.flatMap(({ productInstances }) => productInstances);
  const codes = distinct(
    instances.flatMap(({ operatingSystems }) => operatingSystems.flatMap((system) => system.codes)),
  );
  if (codes.length > MOST_CODES) {
    const message = `PackageInfo.xml: there are ${codes.length} operating system codes`;
    throw new ParseError('opc', 'bad-package-info', message);
  }
  return {
    kit: identifyKit(packageInfo.kitVersion, fileName),
    packageInfo,
    tests: sumTestCounts(packageInfo.projects.map(({ tests }) => tests)),
    operatingSystemCodes: codes,
    productTypes: selectProductTypes(instances),
    deviceMetadataCategory: deviceMetadataCategory(instances),
    parts: await describeParts(opened),
    driverFiles: listDriverFiles(opened),
  };
}
