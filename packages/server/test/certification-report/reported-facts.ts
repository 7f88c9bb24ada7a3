// Facts of a report for the tests, in which everything that can be there is.
import type { CertificationFacts } from '../../src/certification-report/index.ts';

export const IMAGE_SHA256 = 'ab'.repeat(32);

export function reportedFacts(changes: Partial<CertificationFacts> = {}): CertificationFacts {
  return {
    productName: 'Echo',
    productId: 13_635_057_453_741_329n,
    submissionName: 'Echo initial',
    submissionId: 1_152_921_504_621_441_930n,
    submissionType: 'initial',
    account: { id: 29_963_920n, legalName: 'Contoso Drivers Ltd' },
    submittedAt: new Date('2026-02-03T04:05:06.789Z'),
    testHarness: 'hlk',
    tests: { kit: 'hlk', kitVersion: '10.1.26100.1', counts: { passed: 12, failed: 0, notRun: 3 } },
    isSubmitterRegistered: true,
    submitterThumbprint: '12'.repeat(32),
    requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
    drivers: [
      {
        folder: 'echo',
        operatingSystems: ['WINDOWS_v100_X64_GE_FULL'],
        infs: [
          {
            path: 'echo/echo.inf',
            provider: 'Contoso',
            className: 'Sample',
            classGuid: '{78a1c341-4539-11d3-b88d-00c04fad5171}',
            driverVersion: { date: '2026-01-02', version: '1.2.3.4' },
            extensionId: undefined,
            hardwareIds: 2,
            architectures: ['amd64', 'arm64'],
          },
        ],
      },
    ],
    files: [
      { path: 'echo/echo.inf', size: 1234, sha256: 'cd'.repeat(32), signature: 'catalog' },
      { path: 'echo/echo.sys', size: 4321, sha256: IMAGE_SHA256, signature: 'embedded' },
    ],
    catalogs: [{ path: 'echo/echo.cat', members: 2 }],
    signingProfile: 'whql',
    signatures: [
      {
        path: 'echo/echo.sys',
        madeAt: new Date('2026-02-03T05:00:00Z'),
        thumbprint: '34'.repeat(32),
        subject: 'CN=Assay whql',
        issuer: 'CN=Assay CA',
        timeStamp: { time: new Date('2026-02-03T05:00:01Z'), authority: 'CN=Assay time stamps' },
      },
    ],
    scan: {
      engine: 'ClamAV 1.4.3',
      signatures: { version: '27900', date: '2026-02-02T00:00:00.000Z' },
      notScanned: [{ path: 'echo/big.bin', reason: 'larger than the limit' }],
    },
    notes: [
      {
        file: 'echo/echo.inf',
        line: 7,
        code: 2222,
        summary: 'A section is never used.',
        severity: 'warning',
        waived: undefined,
      },
      {
        file: 'echo/echo.inf',
        line: undefined,
        code: undefined,
        summary: 'An old directive.',
        severity: 'information',
        waived: 'kept for Windows 10',
      },
    ],
    isReviewed: false,
    ...changes,
  };
}
