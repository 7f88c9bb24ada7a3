// `assay shipping-label`: publishes submissions to Windows Update and shares them with partners.
import type { NewShippingLabel, ShippingLabel, ShippingLabelChanges } from '@assay/hardware-api';
import { Command, Option } from 'commander';
import { confirm } from '../confirmation.ts';
import { parseDuration } from '../duration.ts';
import {
  parseShippingLabelReference,
  parseSubmissionReference,
  type ShippingLabelReference,
  type SubmissionReference,
} from '../identifiers.ts';
import { interruptible } from '../interruption.ts';
import { addOutputOptions, type OutputOptions, printList, printResult } from '../output.ts';
import { createProgress } from '../progress.ts';
import { addDryRunOption, change, create as createOnce, type DryRunOptions } from '../requesting/dry-run.ts';
import { addBodyOption, parseCount } from '../requesting/request-body.ts';
import {
  named,
  SHIPPING_LABEL_LIST,
  shippingLabelView,
  type UrlOptions,
  withoutReportSignature,
} from '../requesting/resource-views.ts';
import {
  addLabelChangeOptions,
  addNewLabelOptions,
  type LabelChangeOptions,
  labelChangesBody,
  type NewLabelOptions,
  newLabelBody,
} from '../requesting/shipping-label-body.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';

type Options = ServiceOptions & OutputOptions & UrlOptions;

interface WaitOptions extends Options {
  readonly until: 'published' | 'microsoftApproval';
  readonly timeout: number;
  readonly pollInterval?: number;
  readonly quiet?: boolean;
}

function print(label: ShippingLabel, options: OutputOptions & UrlOptions): Promise<void> {
  return printResult(withoutReportSignature(label, options), shippingLabelView(label), options);
}

async function list(
  { productId, submissionId }: SubmissionReference,
  options: Options & { readonly limit?: number; readonly name?: string },
): Promise<void> {
  const all = (await connect(options)).listShippingLabels(productId, submissionId);
  const labels = named(all, ({ name }) => name, options.name);
  await printList(labels, { ...SHIPPING_LABEL_LIST, limit: options.limit }, options);
}

async function show(label: ShippingLabelReference, options: Options): Promise<void> {
  await print(await (await connect(options)).getShippingLabel(label), options);
}

async function create(
  submission: SubmissionReference,
  options: Options & DryRunOptions & NewLabelOptions,
): Promise<void> {
  const { productId, submissionId } = submission;
  const body = await newLabelBody(options, submission, () => connect(options));
  await createOnce(
    options,
    (client) => client.createShippingLabel(productId, submissionId, body as unknown as NewShippingLabel),
    (label) => print(label, options),
  );
}

async function update(
  label: ShippingLabelReference,
  options: Options & DryRunOptions & LabelChangeOptions,
): Promise<void> {
  const body = await labelChangesBody(options);
  await change(
    options,
    async (client) => {
      await client.updateShippingLabel(label, body as unknown as ShippingLabelChanges);
      return client.getShippingLabel(label);
    },
    (updated) => print(updated, options),
  );
}

async function cancel(
  label: ShippingLabelReference,
  options: Options & DryRunOptions & { readonly yes?: boolean },
): Promise<void> {
  if (options.dryRun !== true) await confirm(`Cancel shipping label ${label.shippingLabelId}?`, options);
  await change(
    options,
    async (client) => {
      await client.cancelShippingLabel(label);
      return client.getShippingLabel(label);
    },
    (cancelled) => print(cancelled, options),
  );
}

async function wait(label: ShippingLabelReference, options: WaitOptions): Promise<void> {
  const progress = createProgress(options.quiet === true);
  const ended = await interruptible(async (signal) =>
    (await connect(options, signal, progress)).waitForShippingLabel(label, {
      until: options.until,
      timeoutMs: options.timeout,
      pollIntervalMs: options.pollInterval,
      onProgress: ({ workflowStatus: status }) =>
        progress.wait(status ? `${status.currentStep} ${status.state}` : 'waiting'),
      signal,
    }),
  ).finally(() => progress.end());
  await print(ended, options);
}

function command(name: string, description: string): Command {
  return addServiceOptions(addOutputOptions(new Command(name).description(description)));
}

function onSubmission(name: string, description: string): Command {
  return command(name, description).argument(
    '<submission>',
    'PRODUCT/SUBMISSION, or the address of the submission',
    (text) => parseSubmissionReference(text),
  );
}

function onLabel(name: string, description: string): Command {
  return command(name, description).argument(
    '<label>',
    'PRODUCT/SUBMISSION/LABEL, or the address of the label',
    parseShippingLabelReference,
  );
}

export function shippingLabelCommand(): Command {
  return new Command('shipping-label')
    .addCommand(
      onSubmission('list', 'list the labels of a submission')
        .option('--name <text>', 'only those whose name contains this')
        .option('--limit <number>', 'at most so many', parseCount)
        .action(list),
    )
    .addCommand(
      onLabel('show', 'show a label with what it targets')
        .alias('get')
        .option('--show-urls', 'print the address of the report whole; whoever has it can read it')
        .action(show),
    )
    .addCommand(
      addNewLabelOptions(
        addBodyOption(
          addDryRunOption(onSubmission('create', 'publish or share a submission; it starts at once')),
          'the body of the request',
        ),
      ).action(create),
    )
    .addCommand(
      addLabelChangeOptions(
        addBodyOption(addDryRunOption(onLabel('update', 'change what a label targets')), 'the changes'),
      ).action(update),
    )
    .addCommand(
      addDryRunOption(onLabel('cancel', 'take back a label that waits for approval or is being published'))
        .option('--yes', 'do not ask; needed where there is no terminal')
        .action(cancel),
    )
    .addCommand(
      onLabel('wait', 'wait until a label is published or shared')
        .addOption(
          new Option('--until <step>', 'what to wait for; the approval can take days')
            .choices(['published', 'microsoftApproval'])
            .default('published'),
        )
        .option('--timeout <duration>', 'how long to wait', parseDuration, parseDuration('60m'))
        .option('--poll-interval <duration>', 'time between two looks (default: grows to 15 seconds)', parseDuration)
        .option('--quiet', 'no progress on stderr')
        .action(wait),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay shipping-label create 13635057453741329/1152921504621441930 --name Echo --all-hardware-ids --dry-run\n  assay shipping-label create 13635057453741329/1152921504621441930 --from label.json --go-live 2027-03-31\n  assay shipping-label create 13635057453741329/1152921504621441930 --name OEM --partner 29963920 --all-hardware-ids\n  assay shipping-label wait 13635057453741329/1152921504621441930/1152921504606980300 --until microsoftApproval\n  assay shipping-label cancel 13635057453741329/1152921504621441930/1152921504606980300 --yes',
    );
}
