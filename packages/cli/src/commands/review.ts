// `assay review`: what is held for a person's decision, and that decision.
import { withBigintIds } from '@assay/hardware-api';
import { Command } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';
import { parseIdentifier } from '../identifiers.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';

interface ReviewOptions extends ServiceOptions, OutputOptions {
  readonly reason?: string;
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

async function list(options: ReviewOptions): Promise<void> {
  const client = await connect(options);
  const answer = withBigintIds(await client.request('GET', '/assay/v1/reviews'));
  const { value } = answer as { readonly value: readonly HeldSubmission[] };
  const rows = value.map((held) => [
    String(held.submissionId),
    held.productId?.toString(),
    held.submissionName,
    held.heldSince,
  ]);
  await printResult(value, { headings: ['SUBMISSION', 'PRODUCT', 'NAME', 'HELD SINCE'], rows }, options);
}

async function decide(decision: 'approve' | 'reject', submissionId: string, options: ReviewOptions): Promise<void> {
  if (decision === 'reject' && (options.reason ?? '').trim() === '') {
    throw new CommandError(EXIT.usage, 'A rejection needs a reason: the submitter is shown it.', 'Pass --reason TEXT.');
  }
  const client = await connect(options);
  const body = { decision, ...(options.reason === undefined ? {} : { reason: options.reason }) };
  const answer = await client.request('POST', `/assay/v1/submissions/${submissionId}/review`, body);
  const review = withBigintIds(answer) as Review;
  await printResult(review, { fields: { ...review } }, options);
}

function decisionCommand(decision: 'approve' | 'reject', description: string): Command {
  const command = new Command(decision)
    .description(description)
    .argument('<submissionId>', 'id of the held submission', parseIdentifier)
    .option('--reason <text>', 'why; kept with the decision');
  return addServiceOptions(addOutputOptions(command)).action((id: string, options: ReviewOptions) =>
    decide(decision, id, options),
  );
}

export function reviewCommand(): Command {
  return new Command('review')
    .addCommand(addServiceOptions(addOutputOptions(new Command('list').description('list what is held'))).action(list))
    .addCommand(decisionCommand('approve', 'let a held submission go on'))
    .addCommand(decisionCommand('reject', 'end a held submission; it fails with the reason'))
    .addHelpText(
      'after',
      '\nExamples:\n  assay review list\n  assay review reject 1152921504621441930 --reason "wrong version"',
    );
}
