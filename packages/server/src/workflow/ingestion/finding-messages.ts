// Findings as the plain strings that the API carries: the service's own words first where it has them, then what it means
// and how to mend it.
import type { Finding } from '@assay/driver-package';
import type { PackageFailure } from './error-report.ts';

/** More than this many messages help nobody; the rest is counted. */
const MOST_MESSAGES = 50;

function place(finding: Finding): string {
  if (finding.file === undefined) return '';
  return finding.line === undefined ? `${finding.file}: ` : `${finding.file}(${finding.line}): `;
}

function sentence(finding: Finding): string {
  const code = finding.code === undefined ? '' : ` [${finding.code}]`;
  const words = finding.serviceMessage === undefined ? '' : `${finding.serviceMessage.replace(/\.?$/, '.')} `;
  const summary = finding.summary === finding.serviceMessage ? '' : `${place(finding)}${finding.summary}${code} `;
  return `${words}${summary}${finding.explanation} ${finding.remedy}`.replace(/\s+/g, ' ').trim();
}

/** The errors among the findings as messages; empty when there is none. */
export function errorMessages(findings: readonly Finding[]): string[] {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const messages = errors.slice(0, MOST_MESSAGES).map(sentence);
  if (errors.length > MOST_MESSAGES)
    messages.push(`${errors.length - MOST_MESSAGES} more errors of this kind are left out.`);
  return messages;
}

/** The failed step of a package with these errors; the findings go into the report. */
export function refusal(messages: readonly string[], findings: readonly Finding[]): PackageFailure {
  return { kind: 'failed', messages, findings };
}
