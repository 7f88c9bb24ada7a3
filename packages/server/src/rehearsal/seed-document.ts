// What a rehearsal is to find at its beginning, as JSON: products with their submissions. Read whole before anything is made, so
// that a document with a fault makes nothing.
import type { CodeTables, NewProduct as NewProductBody } from '@assay/hardware-api';
import { bindRequest, checkNewProduct, NewProduct } from '@assay/hardware-api/schemas';
import { STEP_NAMES } from './steps/index.ts';

/** What a seeded submission is to look like. */
export const SEED_STATES = ['commitPending', 'committed', 'completed', 'failed'] as const;
export type SeedState = (typeof SEED_STATES)[number];

/** One submission, always an initial one. */
export interface SeedSubmission {
  readonly name: string;
  /**
   * `commitPending`: not committed, with the package uploaded if there is one. `committed`: on its way, at the pace of the
   * rehearsal. `completed`: gone through all steps at once. `failed`: ended at `step` with `messages`, without any work.
   */
  readonly state: SeedState;
  /** The package; for `committed` and `completed` a small driver is made and signed when there is none. */
  readonly package?: Uint8Array;
  /** Of `failed`; packageInfoValidation when absent. */
  readonly step?: string;
  /** Of `failed`; a known message of the step when absent. */
  readonly messages?: readonly string[];
}

export interface SeedProduct {
  readonly product: NewProductBody;
  readonly submissions: readonly SeedSubmission[];
}

export interface SeedDocument {
  /** Whose they are; needed only where the service has several accounts. */
  readonly tenantId?: string;
  readonly products: readonly SeedProduct[];
}

/** The document cannot be followed; the message names the place and what would be right. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

type JsonObject = Readonly<Record<string, unknown>>;

function readObject(value: unknown, place: string, names: readonly string[]): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SeedError(`${place}: write an object with ${names.join(', ')}.`);
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new SeedError(`${place}.${unknown} is not known. There is ${names.join(', ')}.`);
  return value as JsonObject;
}

function readList(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SeedError(`${place}: write a list.`);
  return value;
}

function readText(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') throw new SeedError(`${place}: write a text.`);
  return value;
}

function readPackage(value: unknown, place: string): Uint8Array {
  const text = readText(value, place).replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new SeedError(`${place}: write the bytes of the package in base64.`);
  return Buffer.from(text, 'base64');
}

function readStep(value: unknown, place: string): string {
  const steps: readonly string[] = STEP_NAMES.ingestion;
  if (typeof value === 'string' && steps.includes(value)) return value;
  throw new SeedError(`${place}: write a step of a submission: ${steps.join(', ')}.`);
}

function readState(value: unknown, place: string): SeedState {
  const state = SEED_STATES.find((known) => known === value);
  if (state === undefined) throw new SeedError(`${place}: write ${SEED_STATES.join(', ')}.`);
  return state;
}

function readSubmission(value: unknown, place: string): SeedSubmission {
  const names = ['name', 'state', 'packageBase64', 'step', 'messages'];
  const { name, state, packageBase64, step, messages } = readObject(value, place, names);
  const known = readState(state, `${place}.state`);
  if (known !== 'failed' && (step !== undefined || messages !== undefined)) {
    throw new SeedError(`${place}: step and messages are for the state failed alone.`);
  }
  return {
    name: name === undefined ? 'Initial' : readText(name, `${place}.name`),
    state: known,
    ...(packageBase64 === undefined ? {} : { package: readPackage(packageBase64, `${place}.packageBase64`) }),
    ...(step === undefined ? {} : { step: readStep(step, `${place}.step`) }),
    ...(messages === undefined
      ? {}
      : {
          messages: readList(messages, `${place}.messages`).map((message, index) =>
            readText(message, `${place}.messages[${index}]`),
          ),
        }),
  };
}

function readProduct(value: unknown, place: string, codes: CodeTables): SeedProduct {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SeedError(`${place}: write an object as createProduct takes it, with submissions.`);
  }
  const { submissions = [], ...properties } = value as JsonObject;
  const bound = bindRequest(NewProduct, properties, codes);
  const [fault] = bound.value === undefined ? bound.errors : checkNewProduct(bound.value);
  if (bound.value === undefined || fault !== undefined) {
    throw new SeedError(`${place}${fault?.target ? `.${fault.target}` : ''}: ${fault?.message ?? 'it is no product.'}`);
  }
  const list = readList(submissions, `${place}.submissions`);
  if (list.length > 1) throw new SeedError(`${place}.submissions: a product has one initial submission; write one.`);
  return {
    product: bound.value,
    submissions: list.map((item, index) => readSubmission(item, `${place}.submissions[${index}]`)),
  };
}

/** Reads the document from its parsed JSON (of `parseJson`, so that ids are whole). Throws SeedError. */
export function parseSeedDocument(value: unknown, codes: CodeTables): SeedDocument {
  const { tenantId, products } = readObject(value, 'the document', ['tenantId', 'products']);
  return {
    ...(tenantId === undefined ? {} : { tenantId: readText(tenantId, 'tenantId') }),
    products: readList(products, 'products').map((item, index) => readProduct(item, `products[${index}]`, codes)),
  };
}
