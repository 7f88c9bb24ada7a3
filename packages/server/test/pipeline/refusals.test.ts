// Packages that must be refused: each fails its own submission at packageInfoValidation, in the service's words where it
// has them, and says how to mend it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ApiCaller, Submission } from './api-caller.ts';
import { type RunningService, runService } from './running-service.ts';
import { echoFiles, makeCabinet, signCabinet, strangersKey, submissionKey } from './submitted-cabinet.ts';

describe('a package is refused', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  let api: ApiCaller;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never);
    api = service.api;
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  const signed = async (files: Record<string, Uint8Array>): Promise<Uint8Array> =>
    await signCabinet(await makeCabinet(files), submissionKey(service.credentials));

  async function refused(bytes: Uint8Array | undefined, expected: RegExp): Promise<Submission> {
    const finished = await api.finished(await api.submit(bytes));
    const { currentStep, state, messages } = finished.workflowStatus;
    assert.deepEqual([currentStep, state], ['packageInfoValidation', 'failed'], messages.join('\n'));
    assert.equal(finished.commitStatus, 'commitFailed');
    assert.match(messages.join('\n'), expected);
    assert.ok(!finished.downloads.items.some((item) => item.type === 'signedPackage'));
    return finished;
  }

  const { 'echo\\echo.inf': inf = new Uint8Array(), 'echo\\echo.sys': sys = new Uint8Array() } = echoFiles();

  test('when nothing was uploaded', async () => {
    await refused(undefined, /No package was uploaded before the commit/);
  });

  test('when it is empty', async () => {
    await refused(new Uint8Array(), /is empty/);
  });

  test('when it is not a cabinet', async () => {
    await refused(new TextEncoder().encode('MZ not a cabinet at all'), /not a cabinet/);
  });

  test('when it is a zip', async () => {
    await refused(Buffer.from('504b0304140000000000', 'hex'), /zip or an HLK package/);
  });

  test('when it was cut off', async () => {
    const whole = await signed(echoFiles());
    await refused(whole.subarray(0, whole.length - 3000), /cannot be read: .*\[truncated\]/);
  });

  test('when files lie at its root', async () => {
    await refused(
      await signed({ ...echoFiles(), 'readme.txt': inf }),
      /There are files at the root of the cabinet\..*readme\.txt.*Move the files into a folder/,
    );
  });

  test('when a folder has no INF', async () => {
    await refused(
      await signed({ ...echoFiles(), 'tools\\tool.sys': sys }),
      /No \.inf files found in driver directory\/directories: tools\./,
    );
  });

  for (const [what, name] of [
    ['climbs out', '..\\echo\\evil.inf'],
    ['climbs out in the middle', 'echo\\..\\..\\evil.inf'],
    ['has a drive letter', 'C:\\echo\\evil.inf'],
    ['is absolute', '\\windows\\evil.inf'],
    ['is a network path', '\\\\server\\share\\evil.inf'],
    ['is a device', 'echo\\con.inf'],
    ['is a device with an extension', 'echo\\COM1.sys'],
  ] as const) {
    test(`when a name ${what}`, async () => {
      await refused(await signed({ ...echoFiles(), [name]: inf }), /The name .* plain relative name/);
    });
  }

  test('when it claims more than it holds', async () => {
    const cabinet = Buffer.from(await makeCabinet(echoFiles()));
    const fileTable = cabinet.readUInt32LE(16);
    cabinet.writeUInt32LE(0x7fffffff, fileTable);
    await refused(cabinet, /The package cannot be read/);
  });

  test('when it is not signed', async () => {
    await refused(await makeCabinet(echoFiles()), /SignatureValidationFailed\..*is not signed.*Sign the cabinet/);
  });

  test('when its signer is not registered to the account', async () => {
    const finished = await refused(
      await signCabinet(await makeCabinet(echoFiles()), strangersKey()),
      /SignatureValidationFailed\..*"CN=A stranger", which is not registered/,
    );
    assert.match(finished.workflowStatus.messages.join(), /thumbprint [0-9a-f]{64}/);
  });

  test('when it was changed after it was signed', async () => {
    const cabinet = Buffer.from(await signed(echoFiles()));
    // A byte of the file table's date: the cabinet stays readable, the digest does not hold.
    const date = cabinet.readUInt32LE(16) + 10;
    cabinet[date] = (cabinet[date] ?? 0) ^ 1;
    await refused(cabinet, /SignatureValidationFailed\./);
  });

  test('and others are not disturbed', async () => {
    const bad = await signed({ ...echoFiles(), 'readme.txt': inf });
    const good = await signed(echoFiles());
    const submissions = await Promise.all(
      [good, bad, good, bad].map(async (bytes) => api.finished(await api.submit(bytes))),
    );
    assert.deepEqual(
      submissions.map(({ workflowStatus }) => workflowStatus.state),
      ['completed', 'failed', 'completed', 'failed'],
    );
  });
});

describe('a driver is refused at validation', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never);
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  async function invalid(
    change: (files: Record<string, Uint8Array>) => Record<string, Uint8Array>,
    expected: RegExp,
    requestedSignatures?: readonly string[],
  ): Promise<void> {
    const { api, credentials } = service;
    const bytes = await signCabinet(await makeCabinet(change(echoFiles())), submissionKey(credentials));
    const finished = await api.finished(await api.submit(bytes, requestedSignatures));
    assert.equal(finished.workflowStatus.currentStep, 'validation', finished.workflowStatus.messages.join('\n'));
    assert.equal(finished.workflowStatus.state, 'failed');
    assert.equal(finished.commitStatus, 'commitComplete');
    assert.match(finished.workflowStatus.messages.join('\n'), expected);
  }

  const edit = (from: string, to: string) => (files: Record<string, Uint8Array>) => ({
    ...files,
    'echo\\echo.inf': Buffer.from(
      Buffer.from(files['echo\\echo.inf'] ?? [])
        .toString('latin1')
        .replace(from, to),
      'latin1',
    ),
  });

  test('when a signature is requested that it does not support', async () => {
    await invalid((files) => files, /arm64 \(WINDOWS_v100_ARM64_GE_FULL\)/, ['WINDOWS_v100_ARM64_GE_FULL']);
  });

  test('when it names no catalog', async () => {
    await invalid(edit('CatalogFile = echo.cat', ''), /echo\/echo\.inf.*1233/s);
  });

  test('when a file that it copies is missing', async () => {
    await invalid(
      ({ 'echo\\echo.inf': inf = new Uint8Array() }) => ({ 'echo\\echo.inf': inf }),
      /echo\.sys.*not in the package/,
    );
  });

  test('when its version is not one', async () => {
    await invalid(edit('1.0.0.0', '1.0.0.99999'), /echo\/echo\.inf\(\d+\): .*1217/s);
  });
});
