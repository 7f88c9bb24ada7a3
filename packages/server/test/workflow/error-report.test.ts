// The report by itself: what is in it, in which order, and that writing it again gives the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Finding } from '@assay/driver-package';
import { type ErrorReport, reportingFailure, writeErrorReport } from '../../src/workflow/ingestion/error-report.ts';
import type { StepServices } from '../../src/workflow/ingestion/ingestion-services.ts';
import type { StepContext, StepResult } from '../../src/workflow/workflow.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';

const FINDING: Finding = {
  rule: 'a-rule',
  severity: 'error',
  summary: 'It is wrong.',
  explanation: 'It matters.',
  remedy: 'Mend it.',
};
const FAILURE = {
  submissionId: 9_007_199_254_740_993n,
  step: 'validation',
  messages: ['one', 'two'],
  findings: [FINDING],
};

function parse(bytes: Uint8Array): ErrorReport {
  return JSON.parse(new TextDecoder().decode(bytes)) as ErrorReport;
}

test('a report is the failure as JSON, with ids as text', () => {
  assert.deepEqual(parse(writeErrorReport(FAILURE)), {
    submissionId: '9007199254740993',
    step: 'validation',
    messages: ['one', 'two'],
    findings: [
      { severity: 'error', rule: 'a-rule', summary: 'It is wrong.', explanation: 'It matters.', remedy: 'Mend it.' },
    ],
    findingsLeftOut: 0,
  });
});

test('the same failure is the same bytes, whatever the order of its members', () => {
  const { rule, severity, ...rest } = FINDING;
  const turned = { ...rest, severity, rule };
  assert.deepEqual(writeErrorReport({ ...FAILURE, findings: [turned] }), writeErrorReport(FAILURE));
});

test('errors come first, and else the order stays', () => {
  const severities = ['warning', 'error', 'information', 'error'] as const;
  const findings = severities.map((severity, index) => ({ ...FINDING, severity, rule: `rule-${index}` }));
  assert.deepEqual(
    parse(writeErrorReport({ ...FAILURE, findings })).findings.map(({ rule }) => rule),
    ['rule-1', 'rule-3', 'rule-0', 'rule-2'],
  );
});

test('members that a finding does not have stay out', () => {
  const findings = [{ ...FINDING, code: 1217, file: 'a.inf', line: 3, column: 1, serviceMessage: 'No.', secret: 'x' }];
  const [reported] = parse(writeErrorReport({ ...FAILURE, findings })).findings;
  assert.deepEqual(Object.keys(reported ?? {}), [
    'severity',
    'rule',
    'code',
    'file',
    'line',
    'column',
    'summary',
    'explanation',
    'remedy',
    'serviceMessage',
  ]);
});

test('what is too much is counted', () => {
  const warning: Finding = { ...FINDING, severity: 'warning' };
  const findings = [...Array.from({ length: 10_000 }, () => warning), FINDING];
  const report = parse(writeErrorReport({ ...FAILURE, findings }));
  assert.equal(report.findings.length, 10_000);
  assert.equal(report.findings[0]?.severity, 'error');
  assert.equal(report.findingsLeftOut, 1);
});

interface Scene {
  run(result: StepResult): Promise<StepResult>;
  /** Name and text of each blob that was made, in order. */
  readonly adopted: (readonly [name: string, text: string])[];
}

function stage(t: TestContext): Scene {
  const adopted: (readonly [string, string])[] = [];
  const services = {
    workDirectory: temporaryFolder(t),
    blobs: {
      adopt: async (container: string, name: string, file: string) =>
        void adopted.push([`${container}/${name}`, readFileSync(file, 'utf8')]),
    },
  } as unknown as StepServices;
  const context = { workflowId: 'w', subjectId: 7n } as unknown as StepContext;
  return {
    adopted,
    run: (result) => reportingFailure({ name: 'scanning', run: async () => result }, services).run(context),
  };
}

test('a step that does not fail is left alone', async (t) => {
  const { run, adopted } = stage(t);
  for (const result of [
    { kind: 'completed', output: null },
    { kind: 'waiting', retryAfterMs: 1, messages: [] },
  ] as const) {
    assert.equal(await run(result), result);
  }
  assert.deepEqual(adopted, []);
});

test('a step that fails twice leaves one blob with the same bytes', async (t) => {
  const { run, adopted } = stage(t);
  const failed = { kind: 'failed', messages: ['no'] } as const;
  await run(failed);
  await run(failed);
  assert.equal(adopted.length, 2);
  assert.deepEqual(adopted[0], adopted[1]);
  assert.match(adopted[0]?.[0] ?? '', /^ingestion\/[0-9a-f-]{36}$/);
});

test('what the step itself changes is changed before the report is offered', async (t) => {
  const { run } = stage(t);
  const order: string[] = [];
  const result = await run({ kind: 'failed', messages: ['no'], apply: async () => void order.push('step') });
  const rows: unknown[] = [];
  const transaction = {
    insertInto: (table: string) => ({
      values: (values: unknown[]) => ({
        execute: async () => {
          order.push(table);
          rows.push(...values);
        },
      }),
    }),
  };
  assert.ok(result.kind === 'failed');
  assert.deepEqual(result.messages, ['no']);
  await result.apply?.(transaction as never);
  assert.deepEqual(order, ['step', 'downloads']);
  const [row] = rows as { submission_id: bigint; type: string; file_name: string }[];
  assert.deepEqual([row?.submission_id, row?.type, row?.file_name], [7n, 'errorReport', 'ErrorReport_7.json']);
});
