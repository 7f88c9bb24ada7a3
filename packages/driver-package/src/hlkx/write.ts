// Writes HLK packages with driver files in them, by this project's convention, and adds driver files to packages that a kit
// wrote. Nothing is signed here; a signature that was over the package before does not cover what is added.
import {
  type ByteSource,
  openPackage,
  type Rewrite,
  SigningError,
  writeZip,
  type ZipAddition,
  zipRewrite,
} from '@assay/authenticode';
import { normalizeMemberName } from '../member-name.ts';
import { changedTypes, contentTypesEntry } from './content-types.ts';
import { driverPartName } from './driver-parts.ts';
import type { HlkPackageInfo } from './package-facts.ts';
import {
  DRIVER_MEDIA_TYPE,
  OPC_MEDIA_TYPE,
  PACKAGE_INFO_NAME,
  PACKAGE_INFO_TYPE,
  RELATIONSHIPS_MEDIA_TYPE,
} from './vocabulary.ts';
import { writePackageInfo } from './write-package-info.ts';
import { documentText, element } from './xml-text.ts';

const RELATIONSHIPS_NAMESPACE = 'http://schemas.openxmlformats.org/package/2006/relationships';

/** A file of a driver; its path begins with the driver's folder, with `/` or `\` between names. */
export interface HlkxDriverInput {
  readonly path: string;
  readonly contents: Uint8Array;
}

export interface HlkxRequest {
  readonly packageInfo: HlkPackageInfo;
  readonly drivers: readonly HlkxDriverInput[];
}

interface NewDriverPart {
  readonly name: string;
  readonly contents: Uint8Array;
}

function driverParts(drivers: readonly HlkxDriverInput[]): NewDriverPart[] {
  const names = new Set<string>();
  return drivers.map(({ path, contents }) => {
    const member = normalizeMemberName(path);
    if (!member.ok) {
      throw new SigningError('bad-driver-name', `'${path}' ${member.reason}: give the driver's file another name`);
    }
    if (!member.path.includes('/') || /\/_rels\/[^/]*\.rels$/i.test(`/${member.path}`)) {
      const remedy = 'name it like echo/echo.sys, with the folder of its driver, and not as relationships are';
      throw new SigningError('bad-driver-name', `'${path}' cannot be a file of a driver: ${remedy}`);
    }
    const name = driverPartName(member.path);
    if (names.has(name.toLowerCase())) {
      throw new SigningError(
        'bad-driver-name',
        `'${path}' is there twice, names being the same in upper and lower case`,
      );
    }
    names.add(name.toLowerCase());
    return { name, contents };
  });
}

function toAddition({ name, contents }: NewDriverPart): ZipAddition {
  return { name: name.slice(1), contents };
}

function driverTypes(parts: readonly NewDriverPart[]): (readonly [string, string])[] {
  return parts.map(({ name }) => [name, DRIVER_MEDIA_TYPE]);
}

/**
 * A package with these facts and drivers, and nothing else that a kit would write: for tests, and for packages that are
 * only checked and signed. Throws SigningError `bad-driver-name`, `package-too-large`.
 */
export function writeHlkx({ packageInfo, drivers }: HlkxRequest): Rewrite {
  const parts = driverParts(drivers);
  const toInfo = element('Relationship', { Type: PACKAGE_INFO_TYPE, Target: PACKAGE_INFO_NAME, Id: 'PackageInfo' });
  return writeZip([
    contentTypesEntry({
      defaults: [
        ['rels', RELATIONSHIPS_MEDIA_TYPE],
        ['xml', 'text/xml'],
      ],
      overrides: driverTypes(parts),
    }),
    {
      name: '_rels/.rels',
      contents: documentText(element('Relationships', { xmlns: RELATIONSHIPS_NAMESPACE }, [toInfo])),
    },
    { name: PACKAGE_INFO_NAME.slice(1), contents: writePackageInfo(packageInfo) },
    ...parts.map(toAddition),
  ]);
}

/**
 * The package with these driver files as well; those of the same name are replaced, every other part keeps its bytes.
 * Signatures stay where they are and hold no longer: sign the result in their place. Throws ParseError when `source` is no
 * package, SigningError `bad-driver-name`, `package-too-large`.
 */
export async function addHlkxDrivers(source: ByteSource, drivers: readonly HlkxDriverInput[]): Promise<Rewrite> {
  const opened = await openPackage(source);
  const parts = driverParts(drivers);
  for (const { name } of parts) {
    const existing = opened.find(name);
    if (existing !== undefined && OPC_MEDIA_TYPE.test(existing.contentType)) {
      throw new SigningError('bad-driver-name', `${name} holds a signature: give the driver's file another name`);
    }
  }
  return zipRewrite(opened.archive, {
    additions: [
      contentTypesEntry(changedTypes(opened, { removed: new Set(), added: driverTypes(parts) })),
      ...parts.map(toAddition),
    ],
  });
}
