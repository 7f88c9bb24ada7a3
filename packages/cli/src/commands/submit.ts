// `assay submit`: sends a package and comes back with the signed one.
import { basename } from 'node:path';
import { type CodeTables, SubmissionFailedError, WaitTimeoutError } from '@assay/hardware-api';
import { Command, InvalidArgumentError, Option } from 'commander';
import { codesOption } from '../codes-file.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { interruptible } from '../interruption.ts';
import { OUTPUT_FORMATS, type OutputFormat, printFields, printJson } from '../output.ts';
import { createProgress } from '../progress.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';
import { readProductTypes, readSignatures } from '../submitting/check-package.ts';
import { readHlkFacts } from '../submitting/hlk-facts.ts';
import { type SubmissionReference, type SubmitResult, submitPackage } from '../submitting/submit-package.ts';

interface SubmitOptions extends ServiceOptions {
  readonly name?: string;
  readonly signatures?: readonly string[];
  readonly productType: readonly string[];
  readonly testHarness: 'attestation' | 'hlk' | 'hck';
  readonly codes: CodeTables;
  readonly out?: string;
  readonly timeout: number;
  readonly pollInterval?: number;
  readonly wait: boolean;
  readonly resume?: SubmissionReference;
  readonly force?: boolean;
  readonly quiet?: boolean;
  readonly output: OutputFormat;
}

function parseList(text: string, previous: readonly string[] = []): string[] {
  return [
    ...previous,
    ...text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ];
}

function parseReference(text: string): SubmissionReference {
  const [, productId, submissionId] = /^(\d{1,19})\/(\d{1,19})$/.exec(text.trim()) ?? [];
  if (productId === undefined || submissionId === undefined) {
    throw new InvalidArgumentError('Write PRODUCT-ID/SUBMISSION-ID, as an earlier run printed them.');
  }
  return { productId, submissionId };
}

function printResult(result: SubmitResult, format: OutputFormat): void {
  if (format === 'json') {
    printJson(result);
    return;
  }
  const { signedPackage, ...fields } = result;
  printFields({
    ...fields,
    signedPackage: signedPackage?.path,
    signedPackageBytes: signedPackage?.size,
    signedPackageSha256: signedPackage?.sha256,
  });
}

/** What is printed when the workflow ended badly or not in time: the same shape, so that scripts find the ids. */
function resultOf(error: unknown, reference: SubmissionReference | undefined): SubmitResult | undefined {
  if (reference === undefined || !(error instanceof SubmissionFailedError || error instanceof WaitTimeoutError))
    return undefined;
  const { submission } = error;
  return {
    ...reference,
    name: submission?.name ?? '',
    commitStatus: submission?.commitStatus ?? '',
    currentStep: submission?.workflowStatus?.currentStep,
    state: submission?.workflowStatus?.state,
    uploadedBytes: undefined,
  };
}

async function submit(packagePath: string, options: SubmitOptions): Promise<void> {
  if (options.wait && options.out === undefined) {
    throw new CommandError(
      EXIT.usage,
      'Where should the signed package go?',
      'Pass --out FILE, or --no-wait to leave it at the service.',
    );
  }
  const stated = options.testHarness === 'attestation' ? undefined : await readHlkFacts(packagePath);
  const signatures = options.signatures ?? stated?.operatingSystemCodes ?? [];
  if (options.resume === undefined && signatures.length === 0) {
    throw new CommandError(
      EXIT.usage,
      'Which systems is the driver for?',
      'Pass --signatures, for example WINDOWS_v100_X64_GE_FULL.',
    );
  }
  const product = {
    productName: options.name ?? basename(packagePath).replace(/\.[^.]*$/, ''),
    testHarness: options.testHarness,
    deviceType: 'internalExternal',
    requestedSignatures: readSignatures(signatures, options.codes),
    selectedProductTypes:
      options.productType.length === 0 && stated !== undefined
        ? stated.productTypes
        : readProductTypes(options.productType, options.codes),
  } as const;
  const progress = createProgress(options.quiet === true);
  let reference: SubmissionReference | undefined;
  try {
    const result = await interruptible(async (signal) =>
      submitPackage({
        client: await connect(options, signal),
        progress,
        packagePath,
        product,
        resume: options.resume,
        out: options.wait ? options.out : undefined,
        force: options.force === true,
        timeoutMs: options.timeout,
        pollIntervalMs: options.pollInterval,
        onCreated: (created) => {
          reference = created;
        },
        signal,
      }),
    );
    printResult(result, options.output);
  } catch (error) {
    const partial = resultOf(error, reference);
    if (partial !== undefined) printResult(partial, options.output);
    if (reference !== undefined && !(error instanceof SubmissionFailedError)) {
      progress.note(
        `To go on: assay submit ${packagePath} --resume ${reference.productId}/${reference.submissionId} --out FILE`,
      );
    }
    throw error;
  }
}

export function submitCommand(): Command {
  const command = new Command('submit')
    .argument('<package>', 'the cabinet, as "assay pack" makes it, or an HLK package')
    .addOption(
      new Option(
        '--test-harness <which>',
        'how the drivers were tested; hlk and hck take systems and product types from the package',
      )
        .choices(['attestation', 'hlk', 'hck'])
        .default('attestation'),
    )
    .option('--name <text>', 'name of the product and the submission (default: the name of the file)')
    .option('--signatures <codes>', 'operating system codes, separated by commas', parseList)
    .option(
      '--product-type <family=type>',
      'product type for an operating system family; may be repeated',
      parseList,
      [],
    )
    .addOption(codesOption())
    .option('--out <file>', 'where the signed package goes')
    .option('--timeout <duration>', 'how long to wait for the signed package', parseDuration, parseDuration('60m'))
    .option('--poll-interval <duration>', 'time between two looks (default: grows to 15 seconds)', parseDuration)
    .option('--no-wait', 'end after the commit; the signed package stays at the service')
    .option('--resume <product/submission>', 'go on with a submission of an earlier run', parseReference)
    .option('--force', 'replace the file of --out when it exists')
    .option('--quiet', 'no progress on stderr')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(OUTPUT_FORMATS).default('table'));
  return addServiceOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  assay submit echo.cab --name "Echo 1.0" --signatures WINDOWS_v100_X64_GE_FULL --out signed.zip\n  assay submit echo.cab --signatures WINDOWS_v100_X64_NI_FULL,WINDOWS_v100_ARM64_NI_FULL --out signed.zip -o json\n\nExit code 0 means that the signed package is there, complete.',
    )
    .action(submit);
}
