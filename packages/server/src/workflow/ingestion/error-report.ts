// The report of a failed submission: everything that was found, as a JSON document. Messages are cut short and mean to be
// read; the report is complete and can be taken apart by a program.
import { rm } from 'node:fs/promises';
import type { Finding } from '@assay/driver-package';
import { writeFileWhole } from '../../durable-files.ts';
import { addDownloads, ERROR_REPORT } from '../../store/ingestion.ts';
import { UPLOAD_CONTAINER } from '../../store/submissions.ts';
import type { Step, StepContext, StepResult } from '../workflow.ts';
import type { StepServices } from './ingestion-services.ts';
import { stableGuid } from './signed-package.ts';
import { openStaging } from './staging.ts';

/** The document behind `errorReport`. */
export interface ErrorReport {
  /** An int64, as text. */
  readonly submissionId: string;
  /** The step that failed. */
  readonly step: string;
  /** Those of the submission's workflow status. */
  readonly messages: readonly string[];
  /** What the step found, errors first, else in the order of the rules; empty when it failed for another reason. */
  readonly findings: readonly ReportedFinding[];
  /** How many findings are too many to be listed. */
  readonly findingsLeftOut: number;
}

/** The members of a finding in the order in which the report has them. */
export type ReportedFinding = Pick<
  Finding,
  'severity' | 'rule' | 'code' | 'file' | 'line' | 'column' | 'summary' | 'explanation' | 'remedy' | 'serviceMessage'
>;

/** A step result whose findings go into the report. */
export type PackageFailure = Extract<StepResult, { kind: 'failed' }> & { readonly findings?: readonly Finding[] };

const MOST_FINDINGS = 10_000;

/** The report as bytes of UTF-8: the same for the same failure, whenever and however often it is written. */
export function writeErrorReport(failure: {
  readonly submissionId: bigint;
  readonly step: string;
  readonly messages: readonly string[];
  readonly findings: readonly Finding[];
}): Uint8Array {
  const isError = (finding: Finding): boolean => finding.severity === 'error';
  const ordered = [...failure.findings.filter(isError), ...failure.findings.filter((finding) => !isError(finding))];
  const report: ErrorReport = {
    submissionId: String(failure.submissionId),
    step: failure.step,
    messages: failure.messages,
    findings: ordered.slice(0, MOST_FINDINGS).map(reported),
    findingsLeftOut: Math.max(0, ordered.length - MOST_FINDINGS),
  };
  return new TextEncoder().encode(`${JSON.stringify(report, null, 2)}\n`);
}

/** The known members alone: findings come from the process that had the package in its hands. */
function reported(finding: Finding): ReportedFinding {
  const { severity, rule, code, file, line, column, summary, explanation, remedy, serviceMessage } = finding;
  return {
    severity,
    rule,
    ...(code === undefined ? {} : { code }),
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    summary,
    explanation,
    remedy,
    ...(serviceMessage === undefined ? {} : { serviceMessage }),
  };
}

/** The same step, which leaves a report when the submission fails in it. The report is offered with the failure or not at all. */
export function reportingFailure(step: Step, services: StepServices): Step {
  const settle = async (context: StepContext, result: StepResult): Promise<StepResult> =>
    result.kind === 'failed' ? await withReport(step.name, result, services, context) : result;
  return {
    name: step.name,
    run: async (context) => await settle(context, await step.run(context)),
    settle,
  };
}

async function withReport(
  step: string,
  failure: PackageFailure,
  services: StepServices,
  { workflowId, subjectId }: StepContext,
): Promise<StepResult> {
  const { messages, findings = [], apply } = failure;
  const staging = await openStaging(services.workDirectory, subjectId);
  const file = staging.temporary('error-report.json');
  await rm(file, { force: true });
  await writeFileWhole(file, writeErrorReport({ submissionId: subjectId, step, messages, findings }));
  const blob = stableGuid(workflowId, ERROR_REPORT);
  await services.blobs.adopt(UPLOAD_CONTAINER, blob, file, { contentType: 'application/json' });
  return {
    kind: 'failed',
    messages,
    apply: async (transaction) => {
      await apply?.(transaction);
      await addDownloads(transaction, subjectId, [
        { type: ERROR_REPORT, container: UPLOAD_CONTAINER, blob, fileName: `ErrorReport_${subjectId}.json` },
      ]);
    },
  };
}
