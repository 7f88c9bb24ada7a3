// The report as the download of a submission: there when it completed and not before, the same when the step runs again, and
// read by whoever holds its URL.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createBlobStore } from '../../src/blob/index.ts';
import { openDatabase } from '../../src/store/database.ts';
import { readStepOutputs } from '../../src/store/workflows.ts';
import { adoptCertificationReport } from '../../src/workflow/ingestion/certification-report.ts';
import { submissionSubjects } from '../../src/workflow/ingestion/submission-subjects.ts';
import type { StepContext } from '../../src/workflow/workflow.ts';
import type { Submission } from '../pipeline/api-caller.ts';
import { type RunningService, runService, temporaryFolder } from '../pipeline/running-service.ts';
import { unzip } from '../pipeline/signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { makeHlkx, signHlkx } from '../pipeline/submitted-hlkx.ts';
import { requireProgram, textOf } from './pdf-tools.ts';

const TYPE = 'certificationReport';

function urlOf(submission: Submission): string {
  return submission.downloads.items.find(({ type }) => type === TYPE)?.url ?? '';
}

async function bytesOf(url: string): Promise<Buffer> {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return Buffer.from(await response.arrayBuffer());
}

describe('the certification report', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RunningService;
  before(async () => {
    service = await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never);
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  async function echo(): Promise<Uint8Array> {
    return await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials));
  }

  test('is offered exactly when the submission completed', async () => {
    const { api } = service;
    const finished = await api.finished(await api.submit(await echo()), ({ workflowStatus, downloads }) => {
      const isOffered = downloads.items.some(({ type }) => type === TYPE);
      assert.equal(isOffered, workflowStatus.state === 'completed');
    });
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    const failed = await api.finished(await api.submit(await makeCabinet(echoFiles())));
    assert.equal(failed.workflowStatus.state, 'failed');
    assert.equal(urlOf(failed), '');
  });

  test('tells what was submitted and what came out', async (t) => {
    const { api, authority } = service;
    const finished = await api.finished(
      await api.submit(await echo(), undefined, { productName: '<script>alert("驱动")</script>' }),
    );
    const html = (await bytesOf(`${urlOf(finished)}&format=html`)).toString('utf8');
    assert.ok(html.includes('<bdi>&lt;script&gt;alert(&quot;驱动&quot;)&lt;/script&gt;</bdi>'));
    assert.doesNotMatch(html, /<script/);
    const files = unzip(await api.download(finished, 'signedPackage'));
    const expected = [
      String(finished.id),
      String(finished.productId),
      'Local Account',
      'attestation',
      'WINDOWS_v100_X64_GE_FULL',
      'Not scanned',
      'echo/echo.inf',
      '1.0.0.0',
      authority.subject,
      'The package holds no results of tests.',
      ...[...files.values()].map((bytes) => createHash('sha256').update(bytes).digest('hex')),
    ];
    for (const fact of expected) assert.ok(html.includes(fact), `${fact} is missing`);
    assert.equal(html.match(/<td><bdi>signed<\/bdi><\/td>/g)?.length, 2, 'the image and the catalog');
    assert.equal(html.match(/<td><bdi>in a catalog<\/bdi><\/td>/g)?.length, 1, 'the INF');
    const pdf = await api.download(finished, TYPE);
    assert.equal(Buffer.from(pdf.subarray(0, 5)).toString(), '%PDF-');
    if (!requireProgram(t, 'pdftotext')) return;
    const text = textOf(t, pdf);
    assert.ok(text.includes('<script>alert("\\u9A71\\u52A8")</script>'), text);
    for (const fact of expected) assert.ok(text.includes(fact), `${fact} is missing in the PDF`);
  });

  test('tells the results of an HLK package', async () => {
    const { api } = service;
    const package_ = await signHlkx(await makeHlkx(), submissionKey(service.credentials));
    const finished = await api.finished(await api.submit(package_, undefined, { testHarness: 'hlk' }));
    assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join('\n'));
    const html = (await bytesOf(`${urlOf(finished)}&format=html`)).toString('utf8');
    assert.ok(html.includes('HLK 10.1.26100.1'));
    assert.ok(html.includes('12 passed, 0 failed, 3 not run'));
    assert.ok(html.includes('<bdi>whql</bdi>'));
  });

  test('is at the path of the dashboard, with and without a language, in ranges and under a name', async () => {
    const { api } = service;
    const finished = await api.finished(await api.submit(await echo()));
    const url = new URL(urlOf(finished));
    assert.match(
      url.pathname,
      new RegExp(`^/dashboard/hardware/Driver/DownloadCertificationReport/\\d+/${finished.productId}/${finished.id}$`),
    );
    const whole = await fetch(url);
    assert.equal(whole.headers.get('content-type'), 'application/pdf');
    assert.equal(
      whole.headers.get('content-disposition'),
      `attachment; filename=CertificationReport_${finished.id}.pdf`,
    );
    const bytes = Buffer.from(await whole.arrayBuffer());
    assert.deepEqual(await bytesOf(url.href.replace('/dashboard/', '/en-us/dashboard/')), bytes);
    const part = await fetch(url, { headers: { range: 'bytes=0-4' } });
    assert.deepEqual([part.status, await part.text()], [206, '%PDF-']);
    const head = await fetch(url, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(bytes.length)]);
    const html = await fetch(`${url}&format=HTML`);
    assert.equal(html.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(
      html.headers.get('content-disposition'),
      `attachment; filename=CertificationReport_${finished.id}.html`,
    );
  });

  test('is read by nobody without its signature, and its signature opens no other', async () => {
    const { api } = service;
    const mine = new URL(urlOf(await api.finished(await api.submit(await echo()))));
    const other = new URL(urlOf(await api.finished(await api.submit(await echo()))));
    const statusOf = async (url: URL | string): Promise<number> => (await fetch(url)).status;
    assert.equal(await statusOf(mine), 200);
    assert.equal(await statusOf(`${mine.origin}${mine.pathname}`), 403);
    assert.equal(await statusOf(`${mine.origin}${mine.pathname}?format=html`), 403);
    assert.equal(await statusOf(`${mine.origin}${other.pathname}${mine.search}`), 403);
    assert.equal(await statusOf(`${mine.origin}${mine.pathname.replace(/\d+$/, '1')}${mine.search}`), 403);
    assert.equal(await statusOf(`${mine.origin}${mine.pathname.replace(/\d+$/, 'x')}${mine.search}`), 403);
    const put = await fetch(mine, { method: 'PUT', body: 'x', headers: { 'x-ms-blob-type': 'BlockBlob' } });
    assert.equal(put.status, 404);
  });

  test('is the same when its step runs again', async (t) => {
    const { api, dataDirectory } = service;
    const finished = await api.finished(await api.submit(await echo()));
    const before = await bytesOf(urlOf(finished));
    const database = await openDatabase({ file: join(dataDirectory, 'assay.db') });
    t.after(() => database.destroy());
    const { id } = await database
      .selectFrom('workflows')
      .select('id')
      .where('subject_id', '=', finished.id)
      .executeTakeFirstOrThrow();
    const outputs = await readStepOutputs(database, id);
    // A day later: nothing of the report is from the clock.
    const clock = () => new Date(Date.now() + 86_400_000);
    const blobs = createBlobStore({ database, directory: join(dataDirectory, 'blobs'), clock });
    const context: StepContext = {
      workflowId: id,
      subjectId: finished.id,
      attempt: 2,
      signal: new AbortController().signal,
      output: <T>(step: string) => outputs.get(step) as T,
    };
    const services = {
      database,
      blobs,
      subjects: submissionSubjects(database, clock),
      workDirectory: temporaryFolder(t),
    };
    const { name } = await adoptCertificationReport(services, context);
    const rows = await database
      .selectFrom('blobs')
      .selectAll()
      .where('name', 'in', [name, `${name}.html`])
      .orderBy('name')
      .execute();
    assert.deepEqual(
      rows.map(({ content_type }) => content_type),
      ['application/pdf', 'text/html; charset=utf-8'],
    );
    assert.equal(rows[0]?.sha256, createHash('sha256').update(before).digest('hex'));
    for (const { last_modified } of rows) {
      assert.ok(Date.parse(last_modified) < Date.now() + 3_600_000, 'the blob of the first run is still there');
    }
    assert.deepEqual(await bytesOf(urlOf(finished)), before);
  });
});
