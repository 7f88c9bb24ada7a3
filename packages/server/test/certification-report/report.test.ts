// Reports as documents: other programs open them, the facts stand in them, and no text of a stranger breaks them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type CertificationFacts,
  composeReport,
  renderReportHtml,
  renderReportPdf,
} from '../../src/certification-report/index.ts';
import { asFile, requireProgram, textOf } from './pdf-tools.ts';
import { IMAGE_SHA256, reportedFacts } from './reported-facts.ts';

/** What a reader must find, in either form. */
const EXPECTED = [
  'Certification report for submission 1152921504621441930',
  'Microsoft has no part in this.',
  'Echo initial',
  '13635057453741329',
  'Contoso Drivers Ltd',
  '2026-02-03 04:05:06 UTC',
  'HLK 10.1.26100.1',
  '12 passed, 0 failed, 3 not run',
  'ClamAV 1.4.3',
  'larger than the limit',
  '{78a1c341-4539-11d3-b88d-00c04fad5171}',
  '2026-01-02, 1.2.3.4',
  'amd64, arm64',
  'WINDOWS_v100_X64_GE_FULL',
  IMAGE_SHA256,
  '34'.repeat(32),
  'CN=Assay whql',
  'A section is never used. [2222]',
  'waived: kept for Windows 10',
  '2026-02-03 05:00:01 UTC, CN=Assay time stamps',
];

const pdfOf = (facts: CertificationFacts): Promise<Uint8Array> => renderReportPdf(composeReport(facts));
const htmlOf = (facts: CertificationFacts): string => renderReportHtml(composeReport(facts));

/** Everything that strangers name, with this name. */
function named(name: string): CertificationFacts {
  const facts = reportedFacts();
  return {
    ...facts,
    productName: name,
    submissionName: name,
    account: { ...facts.account, legalName: name },
    drivers: facts.drivers.map((driver) => ({
      ...driver,
      folder: name,
      infs: driver.infs.map((inf) => ({ ...inf, path: name, provider: name, className: name })),
    })),
    files: facts.files.map((file) => ({ ...file, path: name })),
    notes: facts.notes.map((note) => ({ ...note, file: name, summary: name, waived: name })),
    signatures: facts.signatures.map((signature) => ({ ...signature, path: name, subject: name })),
  };
}

const HOSTILE = {
  markup: '<script>alert(1)</script>&amp;"\'><img src=x onerror=alert(1)>]]>--><!--',
  pdf: ') Tj ET (\\) endstream endobj %PDF << /JS (x) >> \\',
  controls: 'a\0b\u0007c\u001bd\u007fe\u0085f\r\ng\u2028h',
  directions: 'abc\u202efdp.exe\u2066\u200f',
  chinese: '驱动程序 ドライバー 드라이버',
  hebrew: 'מנהל התקן',
  beyond: '🎛\u{10ffff}\u{e0041}',
  halves: 'x\ud800y\udc00z\ufffe\uffff',
  long: 'Ж'.repeat(100_000),
  word: 'W'.repeat(100_000),
};

test('a PDF report is opened by other programs and says what it should', async (t) => {
  const pdf = await pdfOf(reportedFacts());
  assert.equal(Buffer.from(pdf.subarray(0, 8)).toString('latin1'), '%PDF-1.7');
  assert.match(Buffer.from(pdf).toString('latin1').slice(-10), /%%EOF\s*$/);
  if (!requireProgram(t, 'pdftotext')) return;
  const text = textOf(t, pdf);
  for (const expected of EXPECTED) assert.ok(text.includes(expected), `${expected} is missing in ${text}`);
});

test('a PDF report is sound in the eyes of qpdf, whatever names it holds', async (t) => {
  if (!requireProgram(t, 'qpdf')) return;
  for (const name of ['Echo', ...Object.values(HOSTILE)]) {
    const file = asFile(t, 'report.pdf', await pdfOf(named(name)));
    const output = execFileSync('qpdf', ['--check', file], { encoding: 'utf8' });
    assert.match(output, /No syntax or stream encoding errors found/, name.slice(0, 50));
  }
});

test('the same facts give the same bytes at another time, other facts other bytes', async () => {
  const first = await pdfOf(reportedFacts());
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.deepEqual(await pdfOf(reportedFacts()), first);
  assert.equal(htmlOf(reportedFacts()), htmlOf(reportedFacts()));
  assert.notDeepEqual(await pdfOf(reportedFacts({ productName: 'Another' })), first);
  assert.match(Buffer.from(first).toString('latin1'), /\(D:20260203050000Z\)/);
});

test('a PDF report shows characters that its fonts lack as their code points', async (t) => {
  if (!requireProgram(t, 'pdftotext')) return;
  const text = textOf(t, await pdfOf(reportedFacts({ productName: 'Müller – 驱动🎛\u202e' })));
  assert.ok(text.includes('Müller – \\u9A71\\u52A8\\u{1F39B}\\u202E'), text);
});

test('long names are cut, and no page overflows with them', async (t) => {
  if (!requireProgram(t, 'pdftotext')) return;
  const pdf = await pdfOf(named('🎛'.repeat(100_000)));
  assert.ok(pdf.length < 200_000, `${pdf.length} bytes`);
  const text = textOf(t, pdf);
  assert.ok(text.includes('…'));
  assert.ok(text.includes(IMAGE_SHA256), 'what comes after them is there');
});

test('an HTML report says what it should, is well-formed, and holds no markup of strangers', async (t) => {
  const html = htmlOf(reportedFacts());
  for (const expected of EXPECTED) assert.ok(html.includes(expected), `${expected} is missing`);
  const hostile = htmlOf(named(HOSTILE.markup));
  assert.doesNotMatch(hostile, /<(script|img)/i);
  assert.ok(hostile.includes('&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&quot;&#39;&gt;'));
  assert.doesNotMatch(hostile, /(src|href)\s*=\s*["']?(https?:)?\/\//i, 'nothing is loaded');
  if (!requireProgram(t, 'xmllint')) return;
  for (const name of ['Echo', ...Object.values(HOSTILE)]) {
    execFileSync('xmllint', ['--noout', '--nonet', asFile(t, 'report.html', htmlOf(named(name)))], { stdio: 'pipe' });
  }
});

test('an HTML report keeps scripts as they are, and escapes what cannot be seen', () => {
  assert.ok(htmlOf(named(HOSTILE.chinese)).includes(`<bdi>${HOSTILE.chinese}</bdi>`));
  assert.ok(htmlOf(named(HOSTILE.hebrew)).includes(`<bdi>${HOSTILE.hebrew}</bdi>`));
  assert.ok(htmlOf(named(HOSTILE.directions)).includes('<bdi>abc\\u202Efdp.exe\\u2066\\u200F</bdi>'));
  assert.ok(
    htmlOf(named(HOSTILE.controls)).includes(
      '<bdi>a\\u0000b\\u0007c\\u001Bd\\u007Fe\\u0085f\\u000D\\u000Ag\\u2028h</bdi>',
    ),
  );
});

test('no name breaks either form', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (name) => {
      const html = htmlOf(named(name));
      assert.ok(html.isWellFormed());
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.doesNotMatch(html, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      assert.equal(Buffer.from(await pdfOf(named(name))).toString('latin1', 0, 5), '%PDF-');
    }),
    { numRuns: 50 },
  );
});

test('a report says what was not done, and by whom', () => {
  const bare = htmlOf(
    reportedFacts({
      testHarness: 'attestation',
      tests: undefined,
      requestedSignatures: [],
      scan: { engine: undefined, signatures: undefined, notScanned: [] },
      isReviewed: true,
    }),
  );
  assert.ok(bare.includes('Not scanned: no malware scanner was configured'));
  assert.ok(bare.includes('no results of tests'));
  assert.ok(bare.includes('those that the INF files support'));
  assert.ok(bare.includes('A person approved it'));
  const clean = htmlOf(reportedFacts({ scan: { engine: 'ClamAV', signatures: undefined, notScanned: [] } }));
  assert.ok(clean.includes('Every file of the submitted package was scanned; nothing was found.'));
});

test('a package of very many files has a PDF of bounded size that points to the HTML, where all are', async (t) => {
  const files = Array.from({ length: 20_000 }, (_, index) => ({
    path: `echo/file-${index}.bin`,
    size: index,
    sha256: IMAGE_SHA256,
    signature: 'catalog' as const,
  }));
  const facts = reportedFacts({ files });
  assert.ok(htmlOf(facts).includes('file-19999.bin'));
  const began = performance.now();
  const pdf = await pdfOf(facts);
  t.diagnostic(`${pdf.length} bytes in ${Math.round(performance.now() - began)} ms`);
  assert.ok(pdf.length < 1024 * 1024, `${pdf.length} bytes`);
  if (!requireProgram(t, 'pdftotext')) return;
  const text = textOf(t, pdf);
  assert.ok(text.includes('file-999.bin') && !text.includes('file-1000.bin'));
  assert.ok(text.includes('19000 more are left out here.'));
});
