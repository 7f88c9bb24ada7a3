// `assay product`: the products of an account, one for each driver that is submitted.
import type { CodeTables, NewProduct, ProductChanges } from '@assay/hardware-api';
import { Command, Option } from 'commander';
import { codesOption } from '../codes-file.ts';
import { parseProductReference } from '../identifiers.ts';
import { addOutputOptions, type OutputOptions, printList, printResult } from '../output.ts';
import { addDryRunOption, change, create as createOnce, type DryRunOptions } from '../requesting/dry-run.ts';
import {
  addBodyOption,
  type BodyOptions,
  collect,
  collectList,
  type JsonObject,
  parseCount,
  parseDate,
  readBody,
  requireProperty,
} from '../requesting/request-body.ts';
import { named, PRODUCT_LIST, productView } from '../requesting/resource-views.ts';
import { addServiceOptions, connect, type ServiceOptions } from '../service-client.ts';
import { readProductTypes, readSignatures } from '../submitting/check-package.ts';

type Options = ServiceOptions & OutputOptions;

interface ListOptions extends Options {
  readonly limit?: number;
  readonly name?: string;
}

interface UpdateOptions extends Options, DryRunOptions, BodyOptions {
  readonly name?: string;
  readonly announcementDate?: string;
  readonly marketingName?: readonly string[];
}

interface CreateOptions extends UpdateOptions {
  readonly testHarness?: string;
  readonly deviceType?: string;
  readonly signatures?: readonly string[];
  readonly productType?: readonly string[];
  readonly firmwareVersion?: string;
  readonly codes: CodeTables;
}

async function list(options: ListOptions): Promise<void> {
  const client = await connect(options);
  const found = named(client.listProducts(), ({ productName }) => productName, options.name);
  await printList(found, { ...PRODUCT_LIST, limit: options.limit }, options);
}

async function show(productId: string, options: Options): Promise<void> {
  const product = await (await connect(options)).getProduct(productId);
  await printResult(product, productView(product), options);
}

/** Codes in their documented spelling. Throws CommandError for those that the service is sure to refuse. */
function checkCodes(body: JsonObject, codes: CodeTables): void {
  const { requestedSignatures: signatures, selectedProductTypes: types } = body;
  if (Array.isArray(signatures)) body.requestedSignatures = readSignatures(signatures.map(String), codes);
  if (typeof types === 'object' && types !== null) {
    const pairs = Object.entries(types).map(([family, type]) => `${family}=${type}`);
    body.selectedProductTypes = readProductTypes(pairs, codes);
  }
}

async function create(options: CreateOptions): Promise<void> {
  const body = await readBody(options, {
    productName: options.name,
    testHarness: options.testHarness,
    deviceType: options.deviceType,
    requestedSignatures: options.signatures,
    selectedProductTypes: options.productType && readProductTypes(options.productType, options.codes),
    announcementDate: options.announcementDate,
    marketingNames: options.marketingName,
    firmwareVersion: options.firmwareVersion,
  });
  requireProperty(body, 'productName', '--name');
  checkCodes(body, options.codes);
  body.testHarness ??= 'attestation';
  body.deviceType ??= 'internalExternal';
  const product = body as unknown as NewProduct;
  await createOnce(
    options,
    (client) => client.createProduct(product),
    (created) => printResult(created, productView(created), options),
  );
}

async function update(productId: string, options: UpdateOptions): Promise<void> {
  const changes: ProductChanges = await readBody(options, {
    productName: options.name,
    announcementDate: options.announcementDate,
    marketingNames: options.marketingName,
  });
  await change(
    options,
    async (client) => {
      await client.updateProduct(productId, changes);
      return client.getProduct(productId);
    },
    (product) => printResult(product, productView(product), options),
  );
}

function command(name: string, description: string): Command {
  return addServiceOptions(addOutputOptions(new Command(name).description(description)));
}

function changing(name: string, description: string, what: string): Command {
  return addBodyOption(addDryRunOption(command(name, description)), what)
    .option('--name <text>', 'name of the product')
    .option('--announcement-date <date>', 'when the product may be shown in public lists, in UTC', parseDate)
    .option('--marketing-name <text>', 'name under which it is sold; may be repeated', collect);
}

export function productCommand(): Command {
  const product = ['<product>', 'id or address of the product', parseProductReference] as const;
  return new Command('product')
    .addCommand(
      command('list', 'list the products')
        .option('--name <text>', 'only those whose name contains this')
        .option('--limit <number>', 'at most so many', parseCount)
        .action(list),
    )
    .addCommand(
      command('show', 'show a product')
        .alias('get')
        .argument(...product)
        .action(show),
    )
    .addCommand(
      changing('create', 'make a product; nothing at the service can remove it again', 'the body of the request')
        .addOption(
          new Option('--test-harness <which>', 'how the driver was tested (default: attestation)').choices([
            'attestation',
            'hlk',
            'hck',
          ]),
        )
        .addOption(
          new Option('--device-type <which>', 'where the device is (default: internalExternal)').choices([
            'internal',
            'external',
            'internalExternal',
            'notSet',
          ]),
        )
        .option('--signatures <codes>', 'operating system codes, separated by commas', collectList)
        .option(
          '--product-type <family=type>',
          'product type for a family of systems, as windows_v100_GE=Unclassified; may be repeated',
          collectList,
        )
        .option('--firmware-version <text>', 'version of the firmware')
        .addOption(codesOption())
        .action(create),
    )
    .addCommand(
      changing('update', 'change what a product says of itself', 'the changes')
        .argument(...product)
        .action(update),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay product list --name echo\n  assay product show 13635057453741329 -o json\n  assay product create --name "Echo 1.0" --signatures WINDOWS_v100_X64_GE_FULL --query id -o tsv\n  assay product update 13635057453741329 --marketing-name "Echo" --dry-run',
    );
}
