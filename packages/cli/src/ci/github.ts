// What GitHub Actions is told when a command runs there: outputs of the step, a summary of the job, and an annotation when it
// failed ("Workflow commands for GitHub Actions"). Elsewhere nothing.
import { randomBytes } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { SubmitResult } from '../submitting/submit-result.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** `name=value`, or with a delimiter that nobody can guess when the value has lines, so that it cannot add outputs of its own. */
function outputLine(name: string, value: string): string {
  if (!/[\r\n]/.test(value)) return `${name}=${value}\n`;
  const delimiter = `end_${randomBytes(16).toString('hex')}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

/** Text that Markdown and HTML leave alone, on one line. */
function inline(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|#~@]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function summaryOf(result: SubmitResult, failure: string | undefined, rehearsed: boolean): string {
  const { signedPackage, messages = [] } = result;
  const rows: (readonly [string, string | undefined])[] = [
    ['Product', result.productId],
    ['Submission', result.submissionId],
    ['Name', result.name],
    ['Commit', result.commitStatus],
    ['Step', result.currentStep === undefined ? undefined : `${result.currentStep} ${result.state ?? ''}`],
    ['Signed package', signedPackage === undefined ? undefined : basename(signedPackage.path)],
    ['Size', signedPackage === undefined ? undefined : `${signedPackage.size} bytes`],
    ['SHA-256', signedPackage?.sha256],
    ['Signatures', result.verified === undefined ? undefined : result.verified ? 'verified' : 'not good'],
  ];
  const lines = rows.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`| ${name} | ${inline(value)} |`],
  );
  const problems = failure === undefined ? [] : [...new Set([failure, ...messages])];
  return [
    `### ${rehearsed ? 'Rehearsed driver' : 'Driver'} submission${failure === undefined ? '' : ' failed'}`,
    '',
    '| | |',
    '| --- | --- |',
    ...lines,
    '',
    ...problems.map((problem) => `- ${inline(problem)}`),
    '',
  ].join('\n');
}

async function report(result: SubmitResult, environment: Environment, failure?: string): Promise<void> {
  const { GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } = environment;
  const rehearsed = Boolean(environment.ASSAY_REHEARSAL_URL);
  if (GITHUB_OUTPUT) {
    const outputs: Readonly<Record<string, string>> = {
      'product-id': result.productId,
      'submission-id': result.submissionId,
      state: result.state ?? result.commitStatus,
      'signed-package': result.signedPackage?.path ?? '',
    };
    const lines = Object.entries(outputs).map(([name, value]) => outputLine(name, value));
    await appendFile(GITHUB_OUTPUT, lines.join(''));
  }
  if (GITHUB_STEP_SUMMARY) await appendFile(GITHUB_STEP_SUMMARY, `${summaryOf(result, failure, rehearsed)}\n`);
}

/**
 * Adds the step's outputs and the job's summary, where their files are named. `failure` says why it did not succeed. A file that
 * cannot be written is a warning: what was asked for is done all the same.
 */
export async function reportToGitHub(result: SubmitResult, environment: Environment, failure?: string): Promise<void> {
  try {
    await report(result, environment, failure);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`warning: the outputs or the summary of the step could not be written: ${reason}\n`);
  }
}

/** The annotation of a failure, for stderr; undefined outside of GitHub Actions. */
export function errorAnnotation(title: string, message: string, environment: Environment): string | undefined {
  if (environment.GITHUB_ACTIONS !== 'true') return undefined;
  const data = message.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
  const property = title
    .replace(/%/g, '%25')
    .replace(/[\r\n]/g, ' ')
    .replace(/:/g, '%3A')
    .replace(/,/g, '%2C');
  return `::error title=${property}::${data}\n`;
}
