// Findings of the package rules, for people.
import type { Finding } from '@assay/driver-package';

/** One finding as lines of text: where, what, and what to do. */
export function describeFinding(finding: Finding): string {
  const parts = [finding.file, finding.line, finding.column].filter((part) => part !== undefined);
  const place = parts.length === 0 ? '' : `${parts.join(':')}: `;
  return `${finding.severity}: ${place}${finding.summary}\n  ${finding.explanation}\n  To do: ${finding.remedy}`;
}

/** Findings that stand in the way. */
export function errorsAmong(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity }) => severity === 'error');
}
