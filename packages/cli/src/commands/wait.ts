// `assay wait`: waits until a submission is signed, whoever made it.
import type { Submission } from '@assay/hardware-api';
import { Command, Option } from 'commander';
import { reportToGitHub } from '../ci/github.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { parseSubmissionReference, type SubmissionReference } from '../identifiers.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { createProgress } from '../progress.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';
import { readStateFile } from '../submitting/state-file.ts';
import { describeStep, resultOf, viewOf } from '../submitting/submit-result.ts';

/** What a wait for a submission needs to know. */
export interface SubmissionWaitOptions extends ServiceOptions, OutputOptions {
  readonly timeout: number;
  readonly pollInterval?: number;
  readonly for: 'signedPackage' | 'driverMetadata';
  readonly quiet?: boolean;
}

interface WaitCommandOptions extends SubmissionWaitOptions {
  readonly state?: string;
}

/** The submission that is meant: as written, or that of a state file. */
export async function whichSubmission(
  text: string | undefined,
  stateFile: string | undefined,
): Promise<SubmissionReference> {
  if (text !== undefined) return parseSubmissionReference(text);
  if (stateFile === undefined) {
    throw new CommandError(EXIT.usage, 'Which submission?', 'Write PRODUCT/SUBMISSION, its address, or --state FILE.');
  }
  const record = await readStateFile(stateFile);
  const [productId, submissionId] = [record?.submission.product?.id, record?.submission.submission?.id];
  if (productId === undefined || submissionId === undefined) {
    const reason = record === undefined ? 'does not exist' : 'knows of no submission yet';
    throw new CommandError(EXIT.notFound, `${stateFile} ${reason}.`, 'Run "assay submit" first.');
  }
  return { productId, submissionId };
}

/**
 * Waits for a submission and prints it as it is in the end, also when that is a bad one or the time is over. Throws what the
 * client throws.
 */
export async function waitAndPrint(
  { productId, submissionId }: SubmissionReference,
  options: SubmissionWaitOptions,
  print: (submission: Submission) => Promise<void>,
): Promise<void> {
  const progress = createProgress(options.quiet === true);
  let last: Submission | undefined;
  let failure: string | undefined;
  try {
    await interruptible(async (signal) => {
      const client = await connect(options, signal, progress);
      last = await client.waitForSubmission(productId, submissionId, {
        timeoutMs: options.timeout,
        pollIntervalMs: options.pollInterval,
        waitFor: options.for,
        onProgress(current) {
          last = current;
          progress.wait(describeStep(current));
        },
        signal,
      });
    });
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    progress.end();
    if (last !== undefined) {
      await print(last);
      await reportToGitHub(resultOf(last), process.env, failure);
    }
  }
}

async function wait(text: string | undefined, options: WaitCommandOptions): Promise<void> {
  await waitAndPrint(await whichSubmission(text, options.state), options, (submission) => {
    const result = resultOf(submission);
    return printResult(result, viewOf(result), options);
  });
}

/** Adds what a wait can be told, but for the submission. */
export function addWaitOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--for <download>', 'what must be there; with driverMetadata both')
        .choices(['signedPackage', 'driverMetadata'])
        .default('signedPackage'),
    )
    .option('--timeout <duration>', 'how long to wait', parseDuration, parseDuration('60m'))
    .option('--poll-interval <duration>', 'time between two looks (default: grows to 15 seconds)', parseDuration)
    .option('--quiet', 'no progress on stderr');
}

export function waitCommand(): Command {
  const command = new Command('wait')
    .argument('[submission]', 'PRODUCT/SUBMISSION, or an address of it in the API or in Partner Center')
    .option('--state <file>', 'the submission of this state file of "assay submit"');
  return addOutputOptions(addServiceOptions(addWaitOptions(command)))
    .addHelpText(
      'after',
      '\nExamples:\n  assay wait 13635057453741329/1152921504621441930 --timeout 2h\n  assay wait --state echo.cab.assay-submit.json --for driverMetadata\n\nExit code 0 means that it is there, 7 that the workflow failed, 9 that the time is over; waiting again is safe.',
    )
    .action(wait);
}
