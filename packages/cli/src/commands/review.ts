// `assay review`: what is held for a person's decision, and that decision.
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { OUTPUT_FORMATS, type OutputFormat, printFields, printJson, printTable } from '../output.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';

interface ReviewOptions extends ServiceOptions {
  readonly reason?: string;
  readonly output: OutputFormat;
}

interface HeldSubmission {
  readonly submissionId: bigint;
  /** Absent for a preprod package. */
  readonly productId?: bigint;
  readonly productName?: string;
  readonly submissionName: string;
  readonly heldSince: string;
  readonly messages: readonly string[];
}

interface Review {
  readonly submissionId: bigint;
  readonly decision: string;
  readonly reason: string;
  readonly decidedBy: string;
  readonly decidedDateTime: string;
}

function parseSubmissionId(text: string): string {
  if (!/^\d{1,19}$/.test(text)) throw new InvalidArgumentError('Write the digits of a submission id.');
  return text;
}

async function list(options: ReviewOptions): Promise<void> {
  const client = await connect(options);
  const { value } = (await client.request('GET', '/assay/v1/reviews')) as { readonly value: readonly HeldSubmission[] };
  if (options.output === 'json') {
    printJson(value);
    return;
  }
  const rows = value.map((held) => [
    String(held.submissionId),
    held.productId?.toString(),
    held.submissionName,
    held.heldSince,
  ]);
  printTable(['SUBMISSION', 'PRODUCT', 'NAME', 'HELD SINCE'], rows);
}

async function decide(decision: 'approve' | 'reject', submissionId: string, options: ReviewOptions): Promise<void> {
  if (decision === 'reject' && (options.reason ?? '').trim() === '') {
    throw new CommandError(EXIT.usage, 'A rejection needs a reason: the submitter is shown it.', 'Pass --reason TEXT.');
  }
  const client = await connect(options);
  const body = { decision, ...(options.reason === undefined ? {} : { reason: options.reason }) };
  const review = (await client.request('POST', `/assay/v1/submissions/${submissionId}/review`, body)) as Review;
  if (options.output === 'json') printJson(review);
  else printFields({ ...review, submissionId: String(review.submissionId) });
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS).default('table');
}

function decisionCommand(decision: 'approve' | 'reject', description: string): Command {
  const command = new Command(decision)
    .description(description)
    .argument('<submissionId>', 'id of the held submission', parseSubmissionId)
    .option('--reason <text>', 'why; kept with the decision')
    .addOption(outputOption());
  return addServiceOptions(command).action((id: string, options: ReviewOptions) => decide(decision, id, options));
}

export function reviewCommand(): Command {
  return new Command('review')
    .addCommand(
      addServiceOptions(new Command('list').description('list what is held').addOption(outputOption())).action(list),
    )
    .addCommand(decisionCommand('approve', 'let a held submission go on'))
    .addCommand(decisionCommand('reject', 'end a held submission; it fails with the reason'))
    .addHelpText(
      'after',
      '\nExamples:\n  assay review list\n  assay review reject 1152921504621441930 --reason "wrong version"',
    );
}
