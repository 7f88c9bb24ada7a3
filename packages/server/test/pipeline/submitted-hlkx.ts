// HLK packages for the tests, as a submitter would make them: facts and drivers, signed.
import { bytesSource, rewriteBytes, type SigningKey, signFile } from '@assay/authenticode';
import { type HlkPackageInfo, type HlkTestCounts, writeHlkx } from '@assay/driver-package';
import { echoFiles } from './submitted-cabinet.ts';

export interface HlkxContents {
  /** Files of drivers by path; the example driver when absent. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly tests?: HlkTestCounts | undefined;
  readonly kitVersion?: string;
}

function packageInfo(kitVersion: string, tests: HlkTestCounts | undefined): HlkPackageInfo {
  return {
    type: 'SubmissionPackage',
    kitVersion,
    packageVersion: '1.0',
    packageFormatVersion: '2.0',
    isWindowsDriverProject: true,
    creationDate: '2026-02-03T04:05:06Z',
    buildBranch: 'ge_release',
    fullBuildName: '26100.1.amd64fre.ge_release',
    projects: [
      {
        name: 'Echo',
        creationDate: '2026-02-01T00:00:00Z',
        productInstances: [
          {
            status: 'Completed',
            operatingSystems: [{ architecture: 'x64', codes: ['WINDOWS_v100_X64_GE_FULL'] }],
            features: ['Device.DevFund.Reliability'],
            productTypes: ['Unclassified'],
            targets: [{ key: 'root\\assayecho', name: 'Echo', type: 'Device', driverStatus: undefined, drivers: [] }],
          },
        ],
        tests,
      },
    ],
  };
}

/** An unsigned package. */
export async function makeHlkx(contents: HlkxContents = {}): Promise<Uint8Array> {
  const { files = echoFiles(), kitVersion = '10.1.26100.1' } = contents;
  const tests = 'tests' in contents ? contents.tests : { passed: 12, failed: 0, notRun: 3 };
  const drivers = Object.entries(files).map(([path, bytes]) => ({ path, contents: bytes }));
  const rewrite = writeHlkx({ packageInfo: packageInfo(kitVersion, tests), drivers });
  return await rewriteBytes(bytesSource(new Uint8Array(0)), rewrite);
}

/** The package with a signature. */
export async function signHlkx(hlkx: Uint8Array, key: SigningKey): Promise<Uint8Array> {
  const source = bytesSource(hlkx);
  return await rewriteBytes(source, await signFile(source, { key }));
}
