// What a rehearsal reports: every call with its status and time, why calls were refused, what was done to them, what became of
// the submissions, and which assertions held. As text for a terminal, as Markdown for the summary of a CI step, as JSON.
import type { JournalEntry, Outcome, SubmissionOutcome } from '@assay/server';

export interface AssertionResult {
  readonly assertion: string;
  readonly passed: boolean;
  /** What was found instead. */
  readonly found: string;
}

export interface Report {
  readonly command: readonly string[];
  readonly exitCode: number;
  readonly seconds: number;
  readonly seed: number;
  readonly entries: readonly JournalEntry[];
  /** Calls that the journal had no room for. */
  readonly dropped: number;
  readonly notices: readonly string[];
  readonly outcome: Outcome;
  readonly assertions: readonly AssertionResult[];
}

/** One line of the table: a call, or several in a row that differ in nothing but their time. */
interface Line {
  readonly entry: JournalEntry;
  readonly times: number;
  readonly milliseconds: number;
}

/** A longer query is a signature or a page token, which nobody reads. */
const LONGEST_QUERY = 40;

function target({ host, path }: JournalEntry): string {
  // The service has the name of the account in the path of blobs; the client had it in the name of the host.
  const asSent = host.endsWith('.blob.core.windows.net') ? path.replace(/^\/assaystore(?=\/)/, '') : path;
  const [start = '', query] = asSent.split(/\?(.*)/s);
  const shown = query === undefined ? '' : query.length > LONGEST_QUERY ? '?…' : `?${query}`;
  return `${host}${start}${shown}`;
}

function isLike(one: JournalEntry, other: JournalEntry): boolean {
  const key = ({ method, host, path, status, fault }: JournalEntry) => [method, host, path, status, fault].join(' ');
  return key(one) === key(other) && one.refusal === undefined && other.refusal === undefined;
}

/** Clients poll; calls in a row that are alike become one line. */
function linesOf(entries: readonly JournalEntry[]): Line[] {
  const lines: Line[] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last === undefined || !isLike(last.entry, entry)) {
      lines.push({ entry, times: 1, milliseconds: entry.milliseconds });
    } else {
      const milliseconds = last.milliseconds + entry.milliseconds;
      lines[lines.length - 1] = { entry, times: last.times + 1, milliseconds };
    }
  }
  return lines;
}

const statusText = ({ status }: JournalEntry): string => (status === 0 ? 'cut' : String(status));

/** Why a call ended as it did, a line for each reason. */
function reasons({ refusal, fault }: JournalEntry): string[] {
  return [
    ...(refusal === undefined ? [] : [`${refusal.code}: ${refusal.message}`]),
    ...(fault === undefined ? [] : [`fault: ${fault}`]),
  ];
}

const count = (number: number, one: string, several = `${one}s`): string => `${number} ${number === 1 ? one : several}`;

function totals({ entries, dropped, seconds }: Report): string {
  const refused = entries.filter(({ refusal, fault }) => refusal !== undefined && fault === undefined).length;
  const faults = entries.filter(({ fault }) => fault !== undefined).length;
  const missing = dropped === 0 ? '' : `, ${dropped} earlier ones not listed`;
  return `${count(entries.length, 'call')}${missing}, ${refused} refused, ${count(faults, 'fault')}, ${seconds.toFixed(1)} s`;
}

function stateOf({ commitStatus, currentStep, state }: SubmissionOutcome): string {
  return currentStep === null ? commitStatus : `${currentStep} ${state}`;
}

function submissionLines(submission: SubmissionOutcome): string[] {
  const { productId, productName, submissionId } = submission;
  return [
    `submission ${productId}/${submissionId} of '${productName}': ${stateOf(submission)}`,
    ...submission.messages.map((message) => `  ${message}`),
  ];
}

const assertionLine = ({ assertion, passed, found }: AssertionResult): string =>
  passed ? `held: ${assertion}` : `did not hold: ${assertion} (${found})`;

/** The report as text; `brief` leaves out everything that is as it should be. */
export function reportText(report: Report, brief: boolean): string {
  const assertions = report.assertions.filter(({ passed }) => !brief || !passed).map(assertionLine);
  const notices = report.notices.map((notice) => `warning: ${notice}`);
  if (brief) return [...notices, ...assertions].map((line) => `${line}\n`).join('');
  const lines = linesOf(report.entries);
  const targets = lines.map(({ entry, times }) => `${target(entry)}${times > 1 ? `  ×${times}` : ''}`);
  const methodWidth = Math.max(6, ...lines.map(({ entry }) => entry.method.length));
  const table = lines.flatMap(({ entry, milliseconds }, index) => {
    const start = `${statusText(entry).padStart(3)} ${milliseconds.toFixed(0).padStart(7)} ms  `;
    return [
      `${start}${entry.method.padEnd(methodWidth)}  ${targets[index]}`,
      ...reasons(entry).map((reason) => `${' '.repeat(start.length + methodWidth + 2)}${reason}`),
    ];
  });
  return [
    '',
    ...table,
    ...(table.length > 0 ? [''] : []),
    totals(report),
    ...report.outcome.submissions.flatMap(submissionLines),
    ...notices,
    ...assertions,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Text in a cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll(/[|\\`<>]/g, '\\$&').replaceAll(/\s+/g, ' ');

/** The report as Markdown. */
export function reportMarkdown(report: Report): string {
  const rows = linesOf(report.entries).map(({ entry, times, milliseconds }) => {
    const call = `${entry.method} ${target(entry)}${times > 1 ? ` ×${times}` : ''}`;
    return `| ${statusText(entry)} | ${milliseconds.toFixed(0)} | ${cell(call)} | ${cell(reasons(entry).join('; '))} |`;
  });
  const items = [
    ...report.outcome.submissions.flatMap(submissionLines),
    ...report.notices.map((notice) => `warning: ${notice}`),
    ...report.assertions.map(assertionLine),
  ];
  return [
    '### Rehearsal',
    '',
    `\`${report.command.join(' ').replaceAll('`', "'")}\` ended with ${report.exitCode}: ${totals(report)}`,
    '',
    ...items.map((item) => `- ${cell(item)}`),
    '',
    '<details><summary>Calls</summary>',
    '',
    '| status | ms | call | why |',
    '| ---: | ---: | --- | --- |',
    ...rows,
    '',
    '</details>',
    '',
  ].join('\n');
}

/** The report as JSON; ids are strings. */
export function reportJson(report: Report): string {
  const { entries, dropped, outcome, ...rest } = report;
  const value = { ...rest, calls: entries, callsNotListed: dropped, ...outcome };
  return `${JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item), 2)}\n`;
}
