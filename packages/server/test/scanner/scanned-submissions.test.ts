// Submissions to a service with a scanner, a real clamd, over HTTP: clean, infected, too large, and with clamd gone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClamdScanner, type Scanner, type ServerOptions } from '../../src/index.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { listSignatures, verifySignatureLog } from '../../src/store/signatures.ts';
import type { Submission } from '../pipeline/api-caller.ts';
import { type RunningService, runService } from '../pipeline/running-service.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { type ClamdOptions, EICAR, EICAR_SIGNATURE, hasClamd, runClamd, type TestClamd } from './clamd.ts';

interface Scene {
  readonly clamd: TestClamd;
  readonly service: RunningService;
  submit(files?: Readonly<Record<string, Uint8Array>>): Promise<Submission>;
  /** Looks into the database of the service while that runs. */
  read<T>(look: (database: Database) => Promise<T>): Promise<T>;
}

async function stage(
  t: TestContext,
  options: Partial<ServerOptions>,
  clamdOptions: ClamdOptions = {},
  wrap: (scanner: Scanner, clamd: TestClamd) => Scanner = (scanner) => scanner,
  limit?: number,
): Promise<Scene> {
  const clamd = await runClamd(t, clamdOptions);
  const scanner = createClamdScanner({
    address: clamd.address,
    ...(limit === undefined ? {} : { maximumStreamBytes: limit }),
  });
  const service = await runService(t, { log: () => undefined, ...options, scanner: wrap(scanner, clamd) });
  return {
    clamd,
    service,
    async submit(files = echoFiles()) {
      const cabinet = await signCabinet(await makeCabinet(files), submissionKey(service.credentials));
      return await service.api.submit(cabinet);
    },
    async read(look) {
      const database = await openDatabase({ file: join(service.dataDirectory, 'assay.db') });
      try {
        return await look(database);
      } finally {
        await database.destroy();
      }
    },
  };
}

/** The output of the step, which is kept with the workflow. */
async function scanOutput({ read }: Scene, { id }: Submission): Promise<unknown> {
  const row = await read((database) =>
    database
      .selectFrom('workflow_steps')
      .innerJoin('workflows', 'workflows.id', 'workflow_steps.workflow_id')
      .select('workflow_steps.output')
      .where('workflows.subject_id', '=', id)
      .where('workflow_steps.step', '=', 'scanning')
      .executeTakeFirst(),
  );
  return row === undefined ? undefined : JSON.parse(row.output);
}

/** What the audit log says of scans. */
async function auditedScans({ read }: Scene, { id }: Submission): Promise<unknown[]> {
  const rows = await read((database) =>
    database
      .selectFrom('audit_entries')
      .select('details')
      .where('action', '=', 'package.scan')
      .where('entity', '=', `submissions/${id}`)
      .execute(),
  );
  return rows.map(({ details }) => JSON.parse(details));
}

async function assertSignedOnce({ read }: Scene, { id }: Submission): Promise<void> {
  await read(async (database) => {
    const signatures = await listSignatures(database, id);
    assert.deepEqual(signatures.map(({ subject }) => subject).sort(), ['echo/echo.cat', 'echo/echo.sys']);
    assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 2n });
  });
}

const WAITS = /^The package waits for the malware scanner, /;

function waits({ workflowStatus: { currentStep, messages } }: Submission): boolean {
  return currentStep === 'scanning' && WAITS.test(messages.join());
}

test('a clean package is scanned, signed, and its scan is on record', async (t) => {
  if (!hasClamd(t)) return;
  const scene = await stage(t, { scan: 'required' });
  const finished = await scene.service.api.finished(await scene.submit());
  assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join());
  const output = (await scanOutput(scene, finished)) as { engine: string };
  assert.match(output.engine, /^ClamAV \d/);
  assert.deepEqual(output, { scanned: true, engine: output.engine, signatures: null, files: 2, notScanned: [] });
  assert.deepEqual(await auditedScans(scene, finished), [{ ...output, infected: [] }]);
  await assertSignedOnce(scene, finished);
});

for (const scan of ['optional', 'required'] as const) {
  test(`an infected file ends the submission, which names it (${scan})`, async (t) => {
    if (!hasClamd(t)) return;
    const scene = await stage(t, { scan });
    const notes = Buffer.concat([Buffer.from('Read me first.\r\n'), EICAR]);
    const files = { ...echoFiles(), 'echo\\notes.txt': notes, 'echo\\copy.txt': notes };
    const finished = await scene.service.api.finished(await scene.submit(files));
    const { currentStep, state, messages } = finished.workflowStatus;
    assert.deepEqual([currentStep, state], ['scanning', 'failed']);
    assert.deepEqual(
      messages.map((message) => message.split('. ')[0]).sort(),
      ['copy', 'notes'].map((name) => `echo/${name}.txt: the malware scanner found ${EICAR_SIGNATURE}`),
    );
    assert.equal(await scanOutput(scene, finished), undefined);
    const [entry] = (await auditedScans(scene, finished)) as { scanned: boolean; infected: unknown[] }[];
    assert.equal(entry?.scanned, false);
    assert.equal(entry?.infected.length, 2);
    assert.deepEqual(await scene.read((database) => listSignatures(database, finished.id)), []);
  });
}

test('clamd dies in the middle of a file and comes back: the submission completes once', async (t) => {
  if (!hasClamd(t)) return;
  let dies = true;
  const verdicts: string[] = [];
  const scene = await stage(t, { scan: 'required' }, {}, (scanner, clamd) => ({
    version: (signal) => scanner.version(signal),
    async scan(path, signal) {
      if (dies) {
        dies = false;
        // It has the connection and part of the file, and says nothing any more; then it is gone.
        clamd.freeze();
        setTimeout(() => void clamd.kill(), 200);
      }
      const verdict = await scanner.scan(path, signal);
      verdicts.push(verdict.kind);
      return verdict;
    },
  }));
  const submission = await scene.submit();
  const waiting = await scene.service.api.until(submission, waits);
  assert.equal(waiting.workflowStatus.state, 'started');
  assert.deepEqual(verdicts, [], 'no verdict so far');
  await scene.clamd.start();
  const finished = await scene.service.api.finished(submission);
  assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join());
  assert.deepEqual(verdicts, ['clean', 'clean']);
  assert.equal(((await scanOutput(scene, finished)) as { scanned: boolean }).scanned, true);
  assert.equal((await auditedScans(scene, finished)).length, 1);
  await assertSignedOnce(scene, finished);
});

for (const scan of ['optional', 'required'] as const) {
  test(`while there is no clamd at the address the package waits, and says so (${scan})`, async (t) => {
    if (!hasClamd(t)) return;
    const scene = await stage(t, { scan }, { start: false });
    const submission = await scene.submit();
    const { workflowStatus } = await scene.service.api.until(submission, waits);
    assert.equal(workflowStatus.state, 'started');
    assert.match(workflowStatus.messages.join(), /: it cannot be reached \(ENOENT\)\. The service goes on trying/);
    assert.deepEqual(await scene.read((database) => listSignatures(database, submission.id)), []);
  });
}

test('a file beyond the limit stops a package that must be scanned, and is noted in one that need not', async (t) => {
  if (!hasClamd(t)) return;
  const large = { ...echoFiles(), 'echo\\large.bin': Buffer.alloc(60_000, 'l') };
  const reason = 'it has 60000 bytes, and the scanner takes no more than 50000';

  const required = await stage(t, { scan: 'required' }, {}, undefined, 50_000);
  const refused = await required.service.api.finished(await required.submit(large));
  assert.deepEqual([refused.workflowStatus.currentStep, refused.workflowStatus.state], ['scanning', 'failed']);
  assert.equal(refused.workflowStatus.messages.length, 1);
  assert.ok(
    refused.workflowStatus.messages[0]?.startsWith(
      `echo/large.bin: the file was not scanned for malware: ${reason}. The policy of this service demands a scan`,
    ),
    refused.workflowStatus.messages.join(),
  );

  const optional = await stage(t, { scan: 'optional' }, {}, undefined, 50_000);
  const finished = await optional.service.api.finished(await optional.submit(large));
  assert.equal(finished.workflowStatus.state, 'completed', finished.workflowStatus.messages.join());
  const output = (await scanOutput(optional, finished)) as { scanned: boolean; notScanned: unknown };
  assert.equal(output.scanned, false);
  assert.deepEqual(output.notScanned, [{ path: 'echo/large.bin', reason }]);
  assert.equal((await auditedScans(optional, finished)).length, 1);
});
