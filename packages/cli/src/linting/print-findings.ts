// Findings for people: the place first, so that terminals and editors can jump to it.
import type { Finding, Severity } from '@assay/driver-package';

const NAMES: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', information: 'note' };

function place({ file, line, column }: Finding): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** Prints each finding and a line that counts them. */
export function printFindings(findings: readonly Finding[], looked: number): void {
  const { stdout } = process;
  for (const finding of findings) {
    const code = finding.code === undefined ? finding.rule : `${finding.code} ${finding.rule}`;
    const where = place(finding);
    stdout.write(`${where === '' ? '' : `${where}: `}${NAMES[finding.severity]}: ${finding.summary} [${code}]\n`);
    if (finding.waived !== undefined) stdout.write(`    waived: ${finding.waived}\n`);
    else stdout.write(`    ${finding.explanation}\n    To mend it: ${finding.remedy}\n`);
  }
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const counted = `${count('error')} errors, ${count('warning')} warnings`;
  stdout.write(`${findings.length === 0 ? '' : '\n'}${looked} INF ${looked === 1 ? 'file' : 'files'}: ${counted}\n`);
}
