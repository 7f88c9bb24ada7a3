// Findings in SARIF 2.1.0 (OASIS "Static Analysis Results Interchange Format"), as code hosts show them beside the lines.
import { DRIVER_RULES, type Finding, type Severity } from '@assay/driver-package';

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', information: 'note' };

/** InfVerif's number where there is one, for it is what people look up; otherwise the name of the rule. */
function ruleId({ code, rule }: { readonly code?: number; readonly rule: string }): string {
  return code === undefined ? rule : String(code);
}

interface ReportedRule {
  readonly id: string;
  readonly name: string;
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** Texts for the rules that have findings, from the table of rules where they stand in it. */
function describeRules(findings: readonly Finding[]): ReportedRule[] {
  const faults = DRIVER_RULES.flatMap((rule) => rule.faults.map((fault) => ({ rule: rule.id, ...fault })));
  const described = new Map<string, ReportedRule>();
  for (const finding of findings) {
    const id = ruleId(finding);
    if (described.has(id)) continue;
    const fault = faults.find((candidate) => ruleId(candidate) === id);
    described.set(id, {
      id,
      name: finding.rule,
      what: fault?.what ?? finding.summary,
      why: fault?.why ?? finding.explanation,
      remedy: fault?.remedy ?? finding.remedy,
    });
  }
  return [...described.values()];
}

function toUri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** A SARIF log with one run. Paths in the findings are relative to where the command runs. */
export function toSarif(findings: readonly Finding[], version: string): object {
  const rules = describeRules(findings);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'assay lint',
            version,
            rules: rules.map(({ id, name, what, why, remedy }) => ({
              id,
              name,
              shortDescription: { text: what },
              fullDescription: { text: why },
              help: { text: remedy },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => {
          const { file, line, column } = finding;
          const region =
            line === undefined ? {} : { region: { startLine: line, ...(column && { startColumn: column }) } };
          return {
            ruleId: ruleId(finding),
            ruleIndex: rules.findIndex(({ id }) => id === ruleId(finding)),
            level: LEVELS[finding.severity],
            message: { text: `${finding.summary} ${finding.remedy}` },
            ...(file === undefined
              ? {}
              : { locations: [{ physicalLocation: { artifactLocation: { uri: toUri(file) }, ...region } }] }),
            ...(finding.waived === undefined
              ? {}
              : { suppressions: [{ kind: 'external', justification: finding.waived }] }),
          };
        }),
      },
    ],
  };
}
