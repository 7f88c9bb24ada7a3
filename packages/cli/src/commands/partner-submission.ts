// `assay partner-submission`: the own copy of a submission that a partner shared, found by the ids that the partner has for it.
import type { Submission } from '@assay/hardware-api';
import { Command } from 'commander';
import { parseIdentifier, parseSubmissionReference, type SubmissionReference } from '../identifiers.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import { submissionView, type UrlOptions, withoutSignatures } from '../requesting/resource-views.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';

type Options = ServiceOptions & OutputOptions & UrlOptions;

async function find(publisherId: string, theirs: SubmissionReference, options: Options): Promise<Submission> {
  return (await connect(options)).getPartnerSubmission({ publisherId, ...theirs });
}

async function show(publisherId: string, theirs: SubmissionReference, options: Options): Promise<void> {
  const submission = await find(publisherId, theirs, options);
  await printResult(withoutSignatures(submission, options), submissionView(submission), options);
}

async function translate(publisherId: string, theirs: SubmissionReference, options: Options): Promise<void> {
  const { productId, id } = await find(publisherId, theirs, options);
  const ids = { productId, submissionId: id };
  await printResult(ids, { fields: ids }, options);
}

function command(name: string, description: string): Command {
  return addServiceOptions(
    addOutputOptions(
      new Command(name)
        .description(description)
        .argument('<publisher>', "the partner's seller id", parseIdentifier)
        .argument('<submission>', 'PRODUCT/SUBMISSION with the ids that the partner sees, or an address', (text) =>
          parseSubmissionReference(text),
        ),
    ),
  );
}

export function partnerSubmissionCommand(): Command {
  return new Command('partner-submission')
    .addCommand(
      command('show', 'show the own copy of a submission that a partner shared')
        .alias('get')
        .option('--show-urls', 'print the download URLs whole; whoever has one can use it')
        .action(show),
    )
    .addCommand(command('translate', 'print the own ids of a submission that a partner shared').action(translate))
    .addHelpText(
      'after',
      '\nExamples:\n  assay partner-submission translate 29963920 13635057453741329/1152921504621441930\n  assay partner-submission show 29963920 13635057453741329/1152921504621441930 -o json',
    );
}
