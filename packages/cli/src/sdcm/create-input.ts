// The JSON files of `-create`: a `createType` and, under its name, the body of the request. Names are taken in any case, as
// sdcm's reader does; what is null is left out, because sdcm's own files are full of nulls.
import { readFile } from 'node:fs/promises';
import { parseJson } from '@assay/hardware-api';
import { SdcmFailure } from './return-codes.ts';

export type CreateType = 'product' | 'submission' | 'shippingLabel';

export interface CreateInput {
  readonly type: CreateType;
  /** The body of the request, with the API's spelling of its names. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** sdcm takes the name or the number of its enumeration. */
const TYPES: ReadonlyMap<string, CreateType> = new Map([
  ['shippinglabel', 'shippingLabel'],
  ['0', 'shippingLabel'],
  ['product', 'product'],
  ['1', 'product'],
  ['submission', 'submission'],
  ['2', 'submission'],
]);

const MEMBERS: Readonly<Record<CreateType, string>> = {
  product: 'createproduct',
  submission: 'createsubmission',
  shippingLabel: 'createshippinglabel',
};

/** Its members are data, not names. */
const MAPS: ReadonlySet<string> = new Set(['selectedProductTypes']);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withApiNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withApiNames);
  if (!isRecord(value)) return value;
  const members = Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([name, member]) => {
      const spelled = `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
      return [spelled, MAPS.has(spelled) ? member : withApiNames(member)];
    });
  return Object.fromEntries(members);
}

function refuse(path: string, reason: string): SdcmFailure {
  return new SdcmFailure('COMMAND_LINE_OPTION_PARSING_FAILED', `> ERROR: ${path}: ${reason}`);
}

/** Reads such a file. Throws SdcmFailure. */
export async function readCreateInput(path: string): Promise<CreateInput> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const message = `Error Parsing Options: CreateOption invalid - ${path}`;
    throw new SdcmFailure('CREATE_INPUT_FILE_DOES_NOT_EXIST', message);
  }
  let document: unknown;
  try {
    document = parseJson(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw refuse(path, `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(document)) throw refuse(path, 'holds no JSON object.');
  const members = new Map(Object.entries(document).map(([name, value]) => [name.toLowerCase(), value]));
  const type = TYPES.get(String(members.get('createtype')).toLowerCase());
  if (type === undefined) throw refuse(path, 'createType must be product, submission or shippingLabel.');
  const body = withApiNames(members.get(MEMBERS[type]));
  if (!isRecord(body)) throw refuse(path, `there is no create${type.slice(0, 1).toUpperCase()}${type.slice(1)} in it.`);
  return { type, body };
}
