// The long fuzz run: node packages/authenticode/test/fuzz/run-fuzz.ts [--cases 1000000] [--seed N] [--only NAME] [--jobs 2]
//   [--report FILE]
// Spreads the cases evenly over the targets, each in a process of its own whose memory is limited, and prints a table;
// --report puts the table between the marks of a Markdown file. Ends with 1 when a case fails, after showing it.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TARGETS } from './all-targets.ts';
import { type FuzzSummary, runTarget } from './run-target.ts';

/** Limit of the JavaScript heap of each process. */
const HEAP_MEBIBYTES = 256;
/** What a process may hold in memory at most, buffers outside of that heap included. */
const MOST_RESIDENT_MEBIBYTES = 512;

interface TargetReport extends FuzzSummary {
  readonly residentMebibytes: number;
}

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    only: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    report: { type: 'string' },
    /** Set for the processes that this program starts. */
    target: { type: 'string' },
  },
});
const seed = Number(values.seed);

/** In the process of one target: runs it and prints its report as JSON. */
async function runAlone(name: string, cases: number): Promise<void> {
  const target = TARGETS.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  const summary = await runTarget(target, cases, seed);
  const residentMebibytes = Math.ceil(process.resourceUsage().maxRSS / 1024);
  if (residentMebibytes > MOST_RESIDENT_MEBIBYTES) {
    throw new Error(`${name} took ${residentMebibytes} MiB of memory; seed ${seed}`);
  }
  console.log(JSON.stringify({ ...summary, residentMebibytes }));
}

function startTarget(name: string, cases: number): Promise<TargetReport | undefined> {
  const args = [`--max-old-space-size=${HEAP_MEBIBYTES}`, import.meta.filename];
  args.push('--target', name, '--cases', String(cases), '--seed', String(seed));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve(status === 0 ? JSON.parse(output) : undefined));
  });
}

function table(reports: readonly TargetReport[]): string {
  const columns = ['Reader', 'Cases', 'Read', 'Refused', 'Ways to refuse', 'Seconds', 'Slowest case', 'Peak memory'];
  const rows = reports.map((report) => [
    report.name,
    String(report.cases),
    String(report.accepted),
    String(report.cases - report.accepted),
    String(report.codes),
    report.seconds.toFixed(0),
    `${report.slowestMilliseconds.toFixed(0)} ms`,
    `${report.residentMebibytes} MiB`,
  ]);
  const sum = (count: (report: TargetReport) => number) => reports.reduce((total, report) => total + count(report), 0);
  const accepted = sum((report) => report.accepted);
  const cases = sum((report) => report.cases);
  rows.push([
    '**all**',
    String(cases),
    String(accepted),
    String(cases - accepted),
    '',
    sum((report) => report.seconds).toFixed(0),
    `${Math.max(...reports.map((report) => report.slowestMilliseconds)).toFixed(0)} ms`,
    `${Math.max(...reports.map((report) => report.residentMebibytes))} MiB`,
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}

const BEGIN = '<!-- fuzz run -->';
const END = '<!-- end of fuzz run -->';

/** Puts `text` between the marks of the file. */
function writeReport(file: string, text: string): void {
  const page = readFileSync(file, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${file} has no marks ${BEGIN} and ${END}`);
  writeFileSync(file, `${page.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${page.slice(end)}`);
}

async function runAll(): Promise<void> {
  const chosen = TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) throw new Error(`there is no target ${values.only}`);
  const each = Math.ceil(Number(values.cases) / chosen.length);
  const reports = new Map<string, TargetReport>();
  const failed: string[] = [];
  const queue = chosen.map(({ name }) => name);
  const work = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const report = await startTarget(name, each);
      if (report === undefined) failed.push(name);
      else reports.set(name, report);
      console.log(report === undefined ? `${name}: FAILED` : `${name}: ${each} cases, ${report.seconds.toFixed(0)} s`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, work));
  const inOrder = chosen.flatMap(({ name }) => reports.get(name) ?? []);
  const text = `Seed ${seed}, Node ${process.version}.\n\n${table(inOrder)}`;
  console.log(`\n${text}`);
  if (failed.length > 0) {
    console.error(`failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  } else if (values.report !== undefined) {
    writeReport(values.report, text);
  }
}

await (values.target === undefined ? runAll() : runAlone(values.target, Number(values.cases)));
