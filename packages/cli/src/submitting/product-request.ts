// The product that `assay submit` creates: from a JSON file, flags that win over it, and for HLK packages what the package says.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type CodeTables, type NewProduct, parseJson } from '@assay/hardware-api';
import { CommandError, EXIT } from '../exit-codes.ts';
import { readProductTypes, readSignatures } from './check-package.ts';
import { readHlkFacts } from './hlk-facts.ts';

export interface ProductFlags {
  /** A JSON file with the body of the request that creates a product. */
  readonly product?: string;
  readonly name?: string;
  readonly testHarness?: string;
  readonly signatures?: readonly string[];
  readonly productType: readonly string[];
  readonly deviceType?: string;
  readonly firmwareVersion?: string;
  readonly announcementDate?: string;
  readonly marketingName: readonly string[];
}

async function readProductFile(path: string | undefined): Promise<Partial<NewProduct>> {
  if (path === undefined) return {};
  let content: unknown;
  try {
    content = parseJson(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new CommandError(
      EXIT.validationFailed,
      `${path} holds no JSON object.`,
      'Write the body of "POST products".',
    );
  }
  return content as Partial<NewProduct>;
}

/** Reads flags and files into the body of the request. Throws CommandError for what the service is sure to refuse. */
export async function readProductRequest(
  packagePath: string,
  flags: ProductFlags,
  codes: CodeTables,
): Promise<NewProduct> {
  const file = await readProductFile(flags.product);
  const testHarness = flags.testHarness ?? file.testHarness ?? 'attestation';
  const stated = testHarness === 'attestation' ? undefined : await readHlkFacts(packagePath);
  const signatures = flags.signatures ?? file.requestedSignatures ?? stated?.operatingSystemCodes ?? [];
  if (signatures.length === 0) {
    throw new CommandError(
      EXIT.usage,
      'Which systems is the driver for?',
      'Pass --signatures, for example WINDOWS_v100_X64_GE_FULL.',
    );
  }
  const types =
    flags.productType.length > 0
      ? readProductTypes(flags.productType, codes)
      : (file.selectedProductTypes ?? stated?.productTypes ?? {});
  const body = {
    ...file,
    productName: flags.name ?? file.productName ?? basename(packagePath).replace(/\.[^.]*$/, ''),
    testHarness,
    deviceType: flags.deviceType ?? file.deviceType ?? 'internalExternal',
    requestedSignatures: readSignatures(signatures, codes),
    selectedProductTypes: types,
    ...(flags.firmwareVersion !== undefined && { firmwareVersion: flags.firmwareVersion }),
    ...(flags.announcementDate !== undefined && { announcementDate: flags.announcementDate }),
    ...(flags.marketingName.length > 0 && { marketingNames: [...flags.marketingName] }),
  };
  // Loaded here, because the schemas take longer to load than most commands to run.
  const { bindRequest, checkNewProduct, NewProduct: schema } = await import('@assay/hardware-api/schemas');
  const bound = bindRequest(schema, body, codes);
  const errors = bound.value === undefined ? bound.errors : checkNewProduct(bound.value);
  if (bound.value === undefined || errors.length > 0) {
    const lines = errors.map(({ target, message }) => `${target}: ${message}`);
    throw new CommandError(EXIT.validationFailed, ['The product would be refused.', ...lines].join('\n'));
  }
  return bound.value;
}
