// What is to hold after a rehearsal: counts of calls, refusals, faults, products and submissions. As objects, and as the short
// texts of the command line.
import { FAULT_NAMES, type FaultName } from '../fault-specification.ts';
import { readObject, readOperation, readText, readWhole } from '../faults/parse-fault.ts';
import { FaultScriptError, unknownName } from '../faults/script-error.ts';

/** How many there must be. Without any of them, at least one. */
export interface Bounds {
  readonly exactly?: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Which entries of the journal count. Everything that is given must fit. */
export interface CallFilter {
  readonly operation?: string;
  readonly method?: string;
  /** A status, or a class of them such as `4xx`. */
  readonly status?: string;
  readonly fault?: FaultName;
}

export const SUBMISSION_STATES = ['pending', 'processing', 'completed', 'failed'] as const;
export type SubmissionState = (typeof SUBMISSION_STATES)[number];

/** One assertion: what is counted, by which filter, and how many there must be. */
export type Assertion =
  | ({ readonly calls: CallFilter } & Bounds)
  /** Answers with a status from 400 that no fault made. */
  | ({ readonly refusals: Omit<CallFilter, 'fault'> } & Bounds)
  | ({ readonly products: { readonly name?: string } } & Bounds)
  | ({ readonly submissions: { readonly state?: SubmissionState; readonly name?: string } } & Bounds)
  /** How often faults happened. */
  | ({ readonly faults: { readonly name?: FaultName } } & Bounds)
  /** Every fault of the schedule happened at least once. */
  | { readonly faultsHappened: true };

const BOUNDS = ['exactly', 'atLeast', 'atMost'] as const;

function readFaultName(value: unknown, place: string): FaultName {
  const text = readText(value, place);
  const name = FAULT_NAMES.find((known) => known === text);
  if (name === undefined) throw new FaultScriptError(`${place}: ${unknownName('fault', text, FAULT_NAMES)}`);
  return name;
}

/** A status (201) or a class of them (4xx), as text. Throws FaultScriptError. */
export function readStatus(value: unknown, place: string): string {
  const status = String(value).toLowerCase();
  if (!/^(?:0|[1-5](?:\d\d|xx))$/.test(status)) {
    throw new FaultScriptError(`${place}: write a status such as 201, or 4xx; 0 is a connection that was cut.`);
  }
  return status;
}

function readState(value: unknown, place: string): SubmissionState {
  const text = readText(value, place).toLowerCase();
  const state = SUBMISSION_STATES.find((known) => known === text);
  if (state === undefined) throw new FaultScriptError(`${place}: ${unknownName('state', text, SUBMISSION_STATES)}`);
  return state;
}

type Reader = (value: unknown, place: string) => unknown;

/** What each kind of assertion can be filtered by, in the order of the words of the short form. */
const FILTERS: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  calls: {
    operation: readOperation,
    status: readStatus,
    method: (value, place) => readText(value, place).toUpperCase(),
    fault: readFaultName,
  },
  refusals: {
    operation: readOperation,
    status: readStatus,
    method: (value, place) => readText(value, place).toUpperCase(),
  },
  products: { name: readText },
  submissions: { state: readState, name: readText },
  faults: { name: readFaultName },
};
const KINDS = [...Object.keys(FILTERS), 'noRefusals', 'faultsHappened'];

const SHORT = /^\s*(\w+)((?:\s+[\w-]+)*)\s*(==?|>=|<=|<|>)\s*(\d+)\s*$/;
const SHORT_FORMS =
  'Write for example "calls createProduct 201 = 1", "refusals = 0", "products = 1", "submissions completed >= 1", "faults throttle = 2", "no refusals" or "faults happened".';

const COMPARISONS: Readonly<Record<string, (count: number) => Bounds>> = {
  '=': (count) => ({ exactly: count }),
  '==': (count) => ({ exactly: count }),
  '>=': (count) => ({ atLeast: count }),
  '<=': (count) => ({ atMost: count }),
  '>': (count) => ({ atLeast: count + 1 }),
  '<': (count) => ({ atMost: count - 1 }),
};

/** The object that a short text stands for. */
function expand(text: string, place: string): unknown {
  if (/^\s*no\s*refusals\s*$/i.test(text)) return { noRefusals: true };
  if (/^\s*faults\s*happened\s*$/i.test(text)) return { faultsHappened: true };
  const [, kind = '', words = '', comparison = '', count = ''] = SHORT.exec(text) ?? [];
  const filters = FILTERS[kind];
  const bounds = COMPARISONS[comparison]?.(Number(count));
  if (filters === undefined || bounds === undefined) throw new FaultScriptError(`${place}: ${SHORT_FORMS}`);
  const names = Object.keys(filters);
  const filter: Record<string, string> = {};
  for (const word of words.trim().split(/\s+/).filter(Boolean)) {
    const name = /^\d/.test(word) && 'status' in filters ? 'status' : names.find((one) => !(one in filter));
    if (name === undefined || name in filter) throw new FaultScriptError(`${place}: ${SHORT_FORMS}`);
    filter[name] = word;
  }
  return { [kind]: filter, ...bounds };
}

/** An assertion of a document: an object, or a short text. Throws FaultScriptError, which names the place. */
export function parseAssertion(value: unknown, place?: string): Assertion {
  if (typeof value === 'string') return parseAssertion(expand(value, place ?? `"${value}"`), place ?? `"${value}"`);
  const where = place ?? 'assertion';
  const fields = readObject(value, where, [...KINDS, ...BOUNDS]);
  const kinds = KINDS.filter((kind) => fields[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw new FaultScriptError(`${where}: write one of ${KINDS.join(', ')}.`);
  const bounds: Record<string, number> = {};
  for (const bound of BOUNDS) {
    if (fields[bound] !== undefined) bounds[bound] = readWhole(fields[bound], `${where}.${bound}`);
  }
  const filters = FILTERS[kind];
  if (filters === undefined) {
    if (fields[kind] !== true || Object.keys(bounds).length > 0) {
      throw new FaultScriptError(`${where}: write { "${kind}": true }.`);
    }
    return kind === 'noRefusals' ? { refusals: {}, exactly: 0 } : { faultsHappened: true };
  }
  const given = readObject(fields[kind], `${where}.${kind}`, Object.keys(filters));
  const filter = Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, filters[name]?.(text, `${where}.${kind}.${name}`)]),
  );
  return { [kind]: filter, ...bounds } as unknown as Assertion;
}
