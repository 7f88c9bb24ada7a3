// Makes HLK packages for the tests of this folder: with given facts, or of any entries.
import { bytesSource, type Rewrite, rewriteBytes, SigningError, writeZip, type ZipAddition } from '@assay/authenticode';
import { type HlkPackageInfo, type HlkxDriverInput, writeHlkx } from '../../src/hlkx/index.ts';

export const KIT = 'http://microsoft.com/schemas/windows/kits/hardware/2010';
/** As it stands in real packages besides the right one. */
export const MISSPELT_KIT = 'http://microsoft.com/shcemas/windows/kits/hardware/2010';
const OPC = 'http://schemas.openxmlformats.org/package/2006';

export const PACKAGE_INFO: HlkPackageInfo = {
  type: 'SubmissionPackage',
  kitVersion: '10.1.26100.1',
  packageVersion: '1.0',
  packageFormatVersion: '2.0',
  isWindowsDriverProject: true,
  creationDate: '2026-02-03T04:05:06Z',
  buildBranch: 'ge_release',
  fullBuildName: '26100.1.amd64fre.ge_release',
  projects: [
    {
      name: 'Gizmo & "friends"',
      creationDate: '2026-02-01',
      productInstances: [
        {
          status: 'Completed',
          operatingSystems: [{ architecture: 'x64', codes: ['WINDOWS_v100_X64_GE_FULL', 'WINDOWS_v100_X64_NI_FULL'] }],
          features: ['Device.DevFund.Reliability', 'Device.Graphics.WDDM31'],
          productTypes: ['Audio Device', 'Graphics Adapter WDDM3.1 Display Only', 'Graphics Adapter WDDM3.1'],
          targets: [
            {
              key: 'PCI\\VEN_1234&DEV_5678',
              name: 'Gizmo',
              type: 'TargetFamily',
              driverStatus: 'Signed',
              drivers: [
                {
                  id: 'a1',
                  replacesId: 'a0',
                  operatingSystems: [{ architecture: 'x64', code: 'WINDOWS_v100_X64_GE_FULL' }],
                  locales: ['English', 'German'],
                },
              ],
            },
          ],
        },
        {
          status: 'Completed',
          operatingSystems: [{ architecture: 'x64', codes: ['WINDOWS_v100_SERVER_X64_GE_FULL'] }],
          features: [],
          productTypes: [],
          targets: [],
        },
      ],
      tests: { passed: 2, failed: 0, notRun: 22 },
    },
  ],
};

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const NOTHING = bytesSource(new Uint8Array(0));

/** The bytes of what is made of nothing. */
export async function bytesOf(rewrite: Rewrite): Promise<Uint8Array> {
  return await rewriteBytes(NOTHING, rewrite);
}

export async function makeHlkx(
  drivers: Readonly<Record<string, string>> = { 'gizmo/gizmo.inf': '[Version]' },
  changes: Partial<HlkPackageInfo> = {},
): Promise<Uint8Array> {
  const inputs: HlkxDriverInput[] = Object.entries(drivers).map(([path, text]) => ({ path, contents: utf8(text) }));
  return await bytesOf(writeHlkx({ packageInfo: { ...PACKAGE_INFO, ...changes }, drivers: inputs }));
}

export interface RawPackage {
  /** Content of PackageInfo.xml. */
  readonly packageInfo?: string | Uint8Array;
  /** Type and target of each relationship of the package. */
  readonly relationships?: readonly (readonly [type: string, target: string])[];
  /** Name (without a slash at its beginning) and content of more parts. */
  readonly parts?: Readonly<Record<string, string>>;
  /** Lines for [Content_Types].xml. */
  readonly types?: string;
}

/** A package of any shape. */
export async function makeRaw({
  packageInfo = '<Package Type="SubmissionPackage" />',
  relationships = [[`${KIT}/packageinfo`, '/hck/data/PackageInfo.xml']],
  parts = {},
  types = '',
}: RawPackage): Promise<Uint8Array> {
  const links = relationships
    .map(([type, target], index) => `<Relationship Type="${type}" Target="${target}" Id="R${index}" />`)
    .join('');
  const entries: ZipAddition[] = [
    {
      name: '[Content_Types].xml',
      contents: utf8(
        `<Types xmlns="${OPC}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" /><Default Extension="xml" ContentType="text/xml" /><Default Extension="sys" ContentType="application/octet-stream" /><Default Extension="inf" ContentType="application/octet-stream" />${types}</Types>`,
      ),
    },
    { name: '_rels/.rels', contents: utf8(`<Relationships xmlns="${OPC}/relationships">${links}</Relationships>`) },
    {
      name: 'hck/data/PackageInfo.xml',
      contents: typeof packageInfo === 'string' ? utf8(packageInfo) : packageInfo,
    },
    ...Object.entries(parts).map(([name, text]) => ({ name, contents: utf8(text) })),
  ];
  return await bytesOf(writeZip(entries));
}

export function isSigningError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SigningError && error.code === code;
}
