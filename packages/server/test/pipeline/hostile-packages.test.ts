// Packages made to harm: each is refused in words, within bounds of time and of memory, while an ordinary submission goes
// through beside it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { bytesSource, openZip } from '@assay/authenticode';
import { cabinetOfZeros, changedCabinet, type RawEntry, rawZip } from './hostile-bytes.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from './submitted-cabinet.ts';
import { makeHlkx } from './submitted-hlkx.ts';
import { CAN_WATCH_MEMORY, type MemoryPeaks, type WatchedService, watchService } from './watched-service.ts';

/** Far below the limit of an operation: hostile packages must not get to it. */
const MOST_SECONDS = 20;
const MOST_SERVICE_GROWTH_MEBIBYTES = 128;
/** What a process that opens a package may occupy. */
const MOST_INSPECTOR_MEBIBYTES = 512;
const CONTENT_TYPES = '[Content_Types].xml';
const PACKAGE_INFO = 'hck/data/PackageInfo.xml';
const HLK = { testHarness: 'hlk' };

describe('a hostile package', () => {
  let service: WatchedService;
  let calm: MemoryPeaks;
  let ordinary: Uint8Array;

  before(async () => {
    service = await watchService();
    ordinary = await signed(await makeCabinet(echoFiles()));
    for (let round = 0; round < 2; round += 1) await completed();
    calm = service.peaks();
  });
  after(() => service.stop());

  const signed = async (cabinet: Uint8Array): Promise<Uint8Array> =>
    await signCabinet(cabinet, submissionKey(service.credentials));

  async function completed(): Promise<void> {
    const finished = await service.api.finished(await service.api.submit(ordinary));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
  }

  /** Submits them, with an ordinary package beside them, and expects this of each. */
  async function refused(
    packages: readonly Uint8Array[],
    expected: RegExp,
    { step = 'packageInfoValidation', properties = {} }: { readonly step?: string; readonly properties?: object } = {},
  ): Promise<void> {
    const { api } = service;
    const start = performance.now();
    await Promise.all([
      completed(),
      ...packages.map(async (bytes) => {
        const { workflowStatus, downloads } = await api.finished(await api.submit(bytes, undefined, properties));
        const said = workflowStatus.messages.join('\n');
        assert.deepEqual([workflowStatus.currentStep, workflowStatus.state], [step, 'failed'], said);
        assert.match(said, expected);
        assert.ok(!downloads.items.some((item) => item.type === 'signedPackage'));
      }),
    ]);
    const seconds = (performance.now() - start) / 1000;
    assert.ok(seconds < MOST_SECONDS, `it took ${seconds} s`);
    if (!CAN_WATCH_MEMORY) return;
    const peaks = service.peaks();
    const growth = peaks.service - calm.service;
    assert.ok(growth < MOST_SERVICE_GROWTH_MEBIBYTES, `the service grew by ${growth} MiB`);
    assert.ok(peaks.inspector > 0, 'no process that opens packages was seen');
    assert.ok(peaks.inspector < MOST_INSPECTOR_MEBIBYTES, `an inspector process had ${peaks.inspector} MiB`);
  }

  /** The entries of an HLK package, some replaced or added. */
  async function hlkxEntries(changes: readonly RawEntry[]): Promise<RawEntry[]> {
    const archive = await openZip(bytesSource(await makeHlkx()));
    const entries = new Map<string, RawEntry>();
    for (const entry of archive.entries) {
      entries.set(entry.name, { name: entry.name, contents: await archive.readEntry(entry, 1024 ** 2) });
    }
    const types = Buffer.from(entries.get(CONTENT_TYPES)?.contents ?? []).toString('utf8');
    const typed = types.replace(
      '<Default',
      '<Default Extension="sys" ContentType="application/octet-stream" /><Default',
    );
    entries.set(CONTENT_TYPES, { name: CONTENT_TYPES, contents: Buffer.from(typed, 'utf8') });
    for (const change of changes) entries.set(change.name, change);
    return [...entries.values()];
  }

  const refusedHlkx = async (archive: Uint8Array, expected: RegExp): Promise<void> =>
    await refused([archive], expected, { properties: HLK });

  const { 'echo\\echo.inf': inf = new Uint8Array() } = echoFiles();

  describe('that is a bomb', () => {
    test('of 256 MiB in a zip of 256 KiB', async () => {
      const zeros = new Uint8Array(256 * 1024 ** 2);
      await refusedHlkx(
        rawZip(await hlkxEntries([{ name: 'drivers/echo/echo.sys', contents: zeros }])),
        /holds 268\d+ bytes in 26\d+: more than the 67108864 .*\[too-large\] The work on one package is limited/,
      );
    });

    test('that its zip says is small', async () => {
      const contents = new Uint8Array(128 * 1024 ** 2);
      await refusedHlkx(
        rawZip(await hlkxEntries([{ name: PACKAGE_INFO, contents, statedSize: 1000 }])),
        /PackageInfo\.xml' .*more than the 1000 bytes it states.*\[too-long\]/,
      );
    });

    test('of 2 GiB in a cabinet of 3 MB', async () => {
      await refused(
        [await signed(await cabinetOfZeros('echo\\echo.inf'))],
        /hold more than the \d+ bytes allowed.*\[limit-exceeded\] The work on one package is limited/,
      );
    });

    test('that its cabinet says is small', async () => {
      await refused(
        [await signed(await cabinetOfZeros('echo\\echo.inf', 1000))],
        /holds more data than is allowed.*\[limit-exceeded\] The work on one package is limited/,
        { step: 'preparation' },
      );
    });

    const entities = Array.from(
      { length: 12 },
      (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
    ).join('');
    for (const [what, xml, expected] of [
      ['of entities', `<!DOCTYPE p [<!ENTITY e0 "bomb">${entities}]><p>&e12;</p>`, /\[doctype\]/],
      ['of a file outside', '<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>&e;</p>', /\[doctype\]/],
      ['of depth', `${'<p>'.repeat(100_000)}${'</p>'.repeat(100_000)}`, /\[too-deep\]/],
      ['of elements', `<p>${'<q/>'.repeat(2_000_000)}</p>`, /\[too-many-elements\]/],
    ] as const) {
      test(`${what} in an XML file`, async () => {
        const contents = Buffer.from(xml, 'utf8');
        for (const name of [PACKAGE_INFO, CONTENT_TYPES]) {
          await refusedHlkx(rawZip(await hlkxEntries([{ name, contents }])), expected);
        }
      });
    }
  });

  describe('of many files', () => {
    const contents = inf.subarray(0, 1);
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `drivers/echo/${index}.sys`, contents }));

    test('100,000 of them in a zip', async () => {
      await refusedHlkx(rawZip(await hlkxEntries(many(100_000)), { zip64: true }), /^File is using Zip64/);
    });

    test('100,000 of them in a zip that says it has fewer', async () => {
      await refusedHlkx(rawZip(await hlkxEntries(many(100_000))), /\[bad-directory\]/);
    });

    test('as many as a zip can have', async () => {
      await refusedHlkx(rawZip(await hlkxEntries(many(65_000))), /65\d{3} driver files; at most 20000 are accepted/);
    });

    test('as many as a cabinet can have', async () => {
      const files = Object.fromEntries(many(65_535).map(({ name, contents }) => [name.slice(8), contents]));
      await refused(
        [await signed(await makeCabinet(files))],
        /65535 files, but at most .* 20000 are allowed.*\[limit-exceeded\] The work on one package is limited/,
      );
    });
  });

  describe('with a file that would land elsewhere', () => {
    const names = [
      '..\\..\\evil.sys',
      'echo\\..\\..\\evil.sys',
      'echo/../../evil.sys',
      '\\windows\\evil.sys',
      '\\\\?\\C:\\evil.sys',
      'C:evil.sys',
      'echo\\CON.sys',
      'echo\\nul.sys',
      'echo\\LPT1 .sys',
      'CONIN$\\evil.sys',
      'echo\\evil.sys.',
      'echo\\evil.sys ',
      'echo.\\evil.sys',
      'echo\\echo.sys:evil.sys',
      'echo\\echo.sys::$DATA.sys',
    ];

    test('in a cabinet', async () => {
      const packages = names.map(async (name) => await signed(await makeCabinet({ ...echoFiles(), [name]: inf })));
      await refused(await Promise.all(packages), /The name .* plain relative name/);
    });

    test('in a zip', async () => {
      const packages = names.map(async (name) =>
        rawZip(await hlkxEntries([{ name: `drivers/${name.replaceAll('\\', '/')}`, contents: inf }])),
      );
      await refused(await Promise.all(packages), /The name .* plain relative name|\[bad-name\]|\[bad-part-name\]/, {
        properties: HLK,
      });
      const encoded = ['..%2F..%2Fevil.sys', 'echo/echo.sys%3Aevil.sys', 'echo%20/evil.sys', 'C%3A/evil.sys'];
      const parts = encoded.map(async (name) =>
        rawZip(await hlkxEntries([{ name: `drivers/${name}`, contents: inf }])),
      );
      await refused(await Promise.all(parts), /The name .* plain relative name|\[bad-part-name\]/, { properties: HLK });
    });

    test('because it is a symbolic link', async () => {
      const link = { name: 'drivers/echo/echo.sys', contents: Buffer.from('/etc/passwd'), unixMode: 0o120777 };
      await refusedHlkx(rawZip(await hlkxEntries([link])), /echo\.sys' is a symbolic link; put the file itself there/);
    });
  });

  describe('whose cabinet lies', () => {
    async function lying(
      expected: RegExp,
      change: Parameters<typeof changedCabinet>[1],
      step = 'preparation',
    ): Promise<void> {
      // Signed after the change: nobody but the submitter can have made it.
      await refused([await signed(await changedCabinet(await makeCabinet(echoFiles()), change))], expected, { step });
    }

    test('about a size', async () => {
      await lying(/holds \d+ bytes, not the \d+ it claims/, (bytes, { block }) =>
        bytes.writeUInt16LE(bytes.readUInt16LE(block + 6) + 1, block + 6),
      );
      await lying(/holds more than the \d+ bytes it claims/, (bytes, { block }) =>
        bytes.writeUInt16LE(bytes.readUInt16LE(block + 6) - 1, block + 6),
      );
      await lying(/larger than the format allows/, (bytes, { block }) => bytes.writeUInt16LE(0xffff, block + 6));
      await lying(/larger than the format allows/, (bytes, { block }) => bytes.writeUInt16LE(0xffff, block + 4));
      await lying(/continues in another cabinet/, (bytes, { block }) => bytes.writeUInt16LE(0, block + 6));
    });

    test('about a checksum', async () => {
      await lying(/checksum of a data block does not match/, (bytes, { block }) =>
        bytes.writeUInt32LE(0xdeadbeef, block),
      );
    });

    test('about the compression', async () => {
      await lying(/cannot be decompressed/, (bytes, { block }) => bytes.fill(0xff, block + 10, block + 40));
      await lying(/\[bad-lzx\]/, (bytes) => bytes.writeUInt16LE(0x1503, 36 + 6));
    });

    test('about where its files are', async () => {
      await lying(/overlaps the file before it/, (bytes, { file }) => bytes.writeUInt32LE(1, file + 4));
      await lying(
        /a file takes bytes \d+ to \d+ of a folder that has at most 32768/,
        (bytes, { file }) => bytes.writeUInt32LE(0xfffffff0, file + 4),
        'packageInfoValidation',
      );
      await lying(
        /the 65535 data blocks of a folder do not fit/,
        (bytes) => bytes.writeUInt16LE(0xffff, 36 + 4),
        'packageInfoValidation',
      );
    });
  });
});
