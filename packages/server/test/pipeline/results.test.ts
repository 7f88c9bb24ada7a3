// What a submission says of its package when its workflow ended: the kinds of its INFs, the driver metadata, and the report
// when it failed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Scanner } from '../../src/scanner/index.ts';
import type { ErrorReport } from '../../src/workflow/ingestion/error-report.ts';
import type { Submission } from './api-caller.ts';
import { type RunningService, runService } from './running-service.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from './submitted-cabinet.ts';

type Files = Record<string, Uint8Array>;

/** What the scanner of this service takes for malware. */
const BAD = 'this file is bad';
const scanner: Scanner = {
  version: async () => ({ engine: 'Test 1', signatures: undefined }),
  async scan(path) {
    const text = await readFile(path, 'latin1');
    return text.includes(BAD) ? { kind: 'infected', signature: 'Test.Bad' } : { kind: 'clean' };
  },
};

const EXTENSION_INF = `[Version]
Signature   = "$WINDOWS NT$"
Class       = Extension
ClassGuid   = {e2f84ce7-8efa-411c-aa69-97454ca4cb57}
Provider    = %Maker%
ExtensionId = {F0000000-2222-3333-4444-555555555555}
CatalogFile = extra.cat
DriverVer   = 10/14/2025,1.2.3.4
PnpLockdown = 1

[Manufacturer]
%Maker% = Extra, NTamd64

[Extra.NTamd64]
%Extra% = Extra_Install, ROOT\\AssayEcho

[Extra_Install.NT.HW]
AddReg = Extra_Registry

[Extra_Registry]
HKR,,ExtraSetting,0x00010001,1

[TargetComputers]
{A9A8E6FC-4969-4336-927C-9D8F7B6C1D14}

[Strings]
Maker = "Assay"
Extra = "Assay Echo, extended"

[Strings.0407]
Maker = "Assay"
Extra = "Assay Echo, erweitert"
`;

const CO_INSTALLER = `
[Echo_Device.NT.CoInstallers]
AddReg = Echo_CoInstaller
[Echo_CoInstaller]
HKR,,CoInstallers32,0x00010000,"echoco.dll,EchoCoInstaller"
`;
const DELETED_VALUE = `
[Echo_Device.NT.HW]
DelReg = Echo_Old
[Echo_Old]
HKR,,EchoOld
`;

describe('results', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  before(async () => {
    const suite = { after: (cleanup: () => unknown) => void cleanups.push(cleanup) };
    service = await runService(suite as never, { scanner });
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  /** The files of the example with its INF changed. */
  function echoWith(change: (inf: string) => string, more: Files = {}): Files {
    const files = echoFiles();
    const inf = Buffer.from(files['echo\\echo.inf'] ?? []).toString('latin1');
    return { ...files, 'echo\\echo.inf': Buffer.from(change(inf), 'latin1'), ...more };
  }

  async function submit(files: Files): Promise<Submission> {
    const bytes = await signCabinet(await makeCabinet(files), submissionKey(service.credentials));
    return await service.api.finished(await service.api.submit(bytes));
  }

  async function completed(files: Files): Promise<Submission> {
    const finished = await submit(files);
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    assert.equal(finished.workflowStatus.errorReport, undefined);
    return finished;
  }

  const kindsOf = ({ isExtensionInf, isUniversal, isDeclarativeInf }: Submission) => ({
    isExtensionInf,
    isUniversal,
    isDeclarativeInf,
  });

  /** The report of a submission that failed at a step, with its bytes. */
  async function reportOf(finished: Submission, step: string): Promise<{ report: ErrorReport; text: string }> {
    const { currentStep, state, messages, errorReport = '' } = finished.workflowStatus;
    assert.deepEqual([currentStep, state], [step, 'failed'], messages.join('\n'));
    const response = await fetch(errorReport);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.equal(
      response.headers.get('content-disposition'),
      `attachment; filename=ErrorReport_${finished.id}.json`,
      'the browser is told a name',
    );
    const text = await response.text();
    const report = JSON.parse(text) as ErrorReport;
    assert.deepEqual([report.submissionId, report.step], [String(finished.id), step]);
    assert.deepEqual(report.messages, messages);
    assert.deepEqual(
      finished.downloads.items.map(({ type }) => type),
      ['initialPackage'],
      'the report is no download item',
    );
    return { report, text };
  }

  test('a universal, declarative driver is shown as one, also in the list', async () => {
    const finished = await completed(echoFiles());
    const kinds = { isExtensionInf: false, isUniversal: true, isDeclarativeInf: true };
    assert.deepEqual(kindsOf(finished), kinds);
    const list = await service.api.call('GET', `/v2.0/my/hardware/products/${finished.productId}/submissions`);
    assert.deepEqual((list.body as { value: Submission[] }).value.map(kindsOf), [kinds]);
  });

  test('a driver with a co-installer is neither', async () => {
    const finished = await completed(echoWith((inf) => inf + CO_INSTALLER));
    assert.deepEqual(kindsOf(finished), { isExtensionInf: false, isUniversal: false, isDeclarativeInf: false });
  });

  test('a driver that deletes registry values is declarative only', async () => {
    const finished = await completed(echoWith((inf) => inf + DELETED_VALUE));
    assert.deepEqual(kindsOf(finished), { isExtensionInf: false, isUniversal: false, isDeclarativeInf: true });
  });

  test('one INF decides for the package', async () => {
    const { 'echo\\echo.inf': inf = new Uint8Array(), 'echo\\echo.sys': sys = new Uint8Array() } = echoFiles();
    const finished = await completed(
      echoWith((own) => own + CO_INSTALLER, { 'good\\echo.inf': inf, 'good\\echo.sys': sys }),
    );
    assert.deepEqual(kindsOf(finished), { isExtensionInf: false, isUniversal: false, isDeclarativeInf: false });
  });

  test('kinds are unknown until the INFs were read', async () => {
    const submission = await service.api.create();
    const none = { isExtensionInf: undefined, isUniversal: undefined, isDeclarativeInf: undefined };
    assert.deepEqual(kindsOf(await service.api.get(submission)), none);
    const failed = await submit({ ...echoFiles(), 'readme.txt': new Uint8Array(3) });
    assert.deepEqual(kindsOf(failed), none);
  });

  test('metadata tells extension, computers, languages and feature score', async () => {
    const files = echoWith(
      (inf) => inf.replace('CopyFiles = Echo_Files', 'CopyFiles = Echo_Files\r\nFeatureScore=fe'),
      {
        'extra\\extra.inf': Buffer.from(EXTENSION_INF),
      },
    );
    const finished = await completed(files);
    assert.equal(finished.isExtensionInf, true);
    const text = new TextDecoder().decode(await service.api.download(finished, 'driverMetadata'));
    const { BundleInfoMap } = JSON.parse(text) as {
      BundleInfoMap: Record<string, { Locales: string[]; InfInfoMap: Record<string, Record<string, unknown>> }>;
    };
    const bundles = Object.values(BundleInfoMap);
    const echo = bundles.find(({ InfInfoMap }) => 'echo.inf' in InfInfoMap);
    const extra = bundles.find(({ InfInfoMap }) => 'extra.inf' in InfInfoMap);
    assert.deepEqual([echo?.Locales, extra?.Locales], [['English'], ['English', 'German']]);
    assert.deepEqual(extra?.InfInfoMap['extra.inf'], {
      DriverPackageFamilyId: 'Assay-extra.inf',
      InfClass: 'Extension',
      DriverVersion: '1.2.3.4',
      DriverDate: '2025-10-14T00:00:00',
      ExtensionId: 'f0000000-2222-3333-4444-555555555555',
      Provider: 'Assay',
      ClassGuid: '{e2f84ce7-8efa-411c-aa69-97454ca4cb57}',
      InstallationComputerHardwareIds: ['a9a8e6fc-4969-4336-927c-9d8f7b6c1d14'],
      OSPnPInfoMap: {
        WINDOWS_v100_X64_GE_FULL: {
          'root\\assayecho': {
            Manufacturer: 'Assay',
            DeviceDescription: 'Assay Echo, extended',
            FeatureScore: null,
          },
        },
      },
    });
    const systems = echo?.InfInfoMap['echo.inf']?.OSPnPInfoMap as Record<
      string,
      Record<string, { FeatureScore: unknown }>
    >;
    assert.deepEqual(
      Object.values(systems.WINDOWS_v100_X64_GE_FULL ?? {}).map(({ FeatureScore }) => FeatureScore),
      ['FE', 'FE'],
    );
  });

  test('a report tells the rule, place and remedy of each finding at validation', async () => {
    const finished = await submit(
      echoWith((inf) => inf.replace('1.0.0.0', '1.0.0.99999').replace('CatalogFile = echo.cat', '')),
    );
    const { report, text } = await reportOf(finished, 'validation');
    const codes = report.findings.map(({ code }) => code);
    assert.ok(codes.includes(1217) && codes.includes(1233), text);
    const version = report.findings.find(({ code }) => code === 1217);
    assert.equal(version?.severity, 'error');
    assert.equal(version?.file, 'echo/echo.inf');
    assert.ok(Number.isInteger(version?.line));
    for (const { rule, summary, explanation, remedy } of report.findings) {
      for (const words of [rule, summary, explanation, remedy]) assert.ok(words.length > 3, text);
    }
    assert.equal(report.findingsLeftOut, 0);
  });

  test('a report has every finding where messages are cut short', async () => {
    const missing = Array.from({ length: 70 }, (_, index) => `missing${index}.sys`);
    const finished = await submit(
      echoWith((inf) =>
        inf
          .replace('[Echo_Files]\r\n', '[Echo_Files]\n')
          .replace('[Echo_Files]\n', `[Echo_Files]\n${missing.join('\n')}\n`)
          .replace('echo.sys = 1', `echo.sys = 1\n${missing.map((name) => `${name} = 1`).join('\n')}`),
      ),
    );
    const { report } = await reportOf(finished, 'validation');
    assert.equal(report.messages.length, 51);
    for (const name of missing) {
      assert.ok(
        report.findings.some(({ summary }) => summary.includes(name)),
        name,
      );
    }
  });

  test('a report tells the words of the service', async () => {
    const { report } = await reportOf(
      await submit({ ...echoFiles(), 'a.txt': new Uint8Array(3) }),
      'packageInfoValidation',
    );
    assert.equal(report.findings[0]?.serviceMessage, 'There are files at the root of the cabinet.');
  });

  test('a refusal without findings has a report of its messages', async () => {
    const finished = await service.api.finished(await service.api.submit(undefined));
    const { report } = await reportOf(finished, 'packageInfoValidation');
    assert.deepEqual(report.findings, []);
    assert.match(report.messages.join(), /No package was uploaded/);
  });

  test('a report of a package that is damaged, and of one with malware', async () => {
    const damaged = await makeCabinet(echoFiles());
    const finished = await service.api.finished(await service.api.submit(damaged.subarray(0, damaged.length - 900)));
    const { text } = await reportOf(finished, 'packageInfoValidation');
    assert.doesNotMatch(text, new RegExp(RegExp.escape(service.dataDirectory)), 'no paths of the machine');
    const infected = await submit({ ...echoFiles(), 'echo\\note.txt': Buffer.from(BAD) });
    const { report } = await reportOf(infected, 'scanning');
    assert.match(report.messages.join(), /echo\/note\.txt: the malware scanner found Test\.Bad/);
  });

  test('the URL reads the report and nothing else, and is signed', async () => {
    const finished = await service.api.finished(await service.api.submit(undefined));
    const url = finished.workflowStatus.errorReport ?? '';
    const put = await fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'other' });
    assert.equal(put.status, 403);
    assert.equal((await fetch(url.slice(0, url.indexOf('?')))).status >= 400, true);
    const again = await service.api.get(finished);
    const first = await (await fetch(url)).text();
    assert.equal(await (await fetch(again.workflowStatus.errorReport ?? '')).text(), first);
  });
});

test('the decision of a reviewer is in the report', async (t) => {
  const service = await runService(t, { manualReview: 'always' });
  const { api, credentials } = service;
  const bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(credentials));
  const submission = await api.submit(bytes);
  await api.until(submission, ({ workflowStatus }) => workflowStatus.currentStep === 'manualReview');
  const decision = { decision: 'reject', reason: 'not today' };
  assert.equal((await api.call('POST', `/assay/v1/submissions/${submission.id}/review`, decision)).status, 200);
  const { workflowStatus } = await api.finished(submission);
  const report = (await (await fetch(workflowStatus.errorReport ?? '')).json()) as ErrorReport;
  assert.equal(report.step, 'manualReview');
  assert.match(report.messages.join(), /not today/);
});
