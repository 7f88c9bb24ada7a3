// Reads faults: from flags (`throttle:2:30`) and from documents. Everything wrong is said with its place.
import { FAULT_NAMES, type FaultName, type FaultSpecification, type FaultTarget } from '../fault-specification.ts';
import { ALL_STEP_NAMES, isStepName } from '../steps/index.ts';
import { OPERATIONS, operationNamed } from './operations.ts';
import { FaultScriptError, unknownName } from './script-error.ts';
import { FAULT_ALIASES, FAULTS, type FaultSetting, type FlagArgument, flagForm } from './table.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The object at a place of a document, none of whose members has another name. Throws FaultScriptError. */
export function readObject(value: unknown, place: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FaultScriptError(`${place}: write an object with ${names.join(', ')}.`);
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw new FaultScriptError(`${place}: ${unknownName('setting', name, names)}`);
  }
  return value as Fields;
}

function isNumber(value: unknown, least: number, most: number, whole: boolean): value is number {
  return (
    typeof value === 'number' && value >= least && value <= most && (whole ? Number.isInteger(value) : value < Infinity)
  );
}

const MOST_TIMES = 1_000_000;
/** What a timer of Node can hold. */
const MOST_SECONDS = 24 * 24 * 3600;
const LONGEST_TEXT = 4_000;

/** A whole number within bounds. Throws FaultScriptError. */
export function readWhole(value: unknown, place: string, least = 0, most = MOST_TIMES): number {
  if (!isNumber(value, least, most, true)) {
    throw new FaultScriptError(`${place}: write a whole number from ${least} to ${most}.`);
  }
  return value;
}

/** A text of reasonable length. Throws FaultScriptError. */
export function readText(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_TEXT) {
    throw new FaultScriptError(`${place}: write a text.`);
  }
  return value;
}

/** The name of an operation, as it is spelled. Throws FaultScriptError. */
export function readOperation(value: unknown, place: string): string {
  const text = readText(value, place);
  const name = operationNamed(text);
  if (name === undefined) throw new FaultScriptError(`${place}: ${unknownName('operation', text, OPERATIONS)}`);
  return name;
}

function readStep(value: unknown, place: string): string {
  const text = readText(value, place);
  const name = ALL_STEP_NAMES.find((step) => step.toLowerCase() === text.toLowerCase());
  if (name === undefined || !isStepName(name)) {
    throw new FaultScriptError(`${place}: ${unknownName('workflow step', text, ALL_STEP_NAMES)}`);
  }
  return name;
}

/** A length of time: seconds as a number. Throws FaultScriptError. */
function readSeconds(value: unknown, place: string): number {
  if (!isNumber(value, 0, MOST_SECONDS, false)) throw new FaultScriptError(`${place}: write a number of seconds.`);
  return value;
}

function readStatus(value: unknown, place: string): number {
  if (!isNumber(value, 400, 599, true)) throw new FaultScriptError(`${place}: write a status from 400 to 599.`);
  return value;
}

const SETTINGS: {
  readonly [Setting in FaultSetting]: (value: unknown, place: string) => FaultSpecification[Setting];
} = {
  status: readStatus,
  retryAfter: (value, place) => (value === null ? null : readWhole(value, place, 0, MOST_SECONDS)),
  bytesPerSecond: (value, place) => readWhole(value, place, 1, Number.MAX_SAFE_INTEGER),
  bytes: (value, place) => readWhole(value, place, 0, Number.MAX_SAFE_INTEGER),
  seconds: readSeconds,
  step: readStep,
  message: readText,
};

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

function readMethod(value: unknown, place: string): string {
  const method = readText(value, place).toUpperCase();
  if (!METHODS.includes(method)) throw new FaultScriptError(`${place}: ${unknownName('method', method, METHODS)}`);
  return method;
}

/** Which requests something is about. Throws FaultScriptError. */
export function readTarget(value: unknown, place: string): FaultTarget {
  const { operation, method, path } = readObject(value, place, ['operation', 'method', 'path']);
  const target: FaultTarget = {
    ...(operation === undefined ? {} : { operation: readOperation(operation, `${place}.operation`) }),
    ...(method === undefined ? {} : { method: readMethod(method, `${place}.method`) }),
    ...(path === undefined ? {} : { path: readText(path, `${place}.path`) }),
  };
  if (target.path !== undefined && !/^[/*]/.test(target.path)) {
    throw new FaultScriptError(`${place}.path: write a path from the root, such as /v2.0/my/hardware/products/**.`);
  }
  if (Object.keys(target).length === 0) {
    throw new FaultScriptError(`${place}: name an operation, a method or a path.`);
  }
  return target;
}

const COMMON = ['fault', 'on', 'after', 'times', 'probability'] as const;

function readTimes(value: unknown, place: string): number | 'always' {
  if (value === 'always') return value;
  if (!isNumber(value, 1, MOST_TIMES, true)) {
    throw new FaultScriptError(`${place}: write a whole number from 1, or "always".`);
  }
  return value;
}

function readName(value: unknown, place: string): FaultName {
  const text = readText(value, place);
  const name = FAULT_NAMES.find((known) => known === text);
  if (name === undefined) throw new FaultScriptError(`${place}: ${unknownName('fault', text, FAULT_NAMES)}`);
  return name;
}

/**
 * One fault of a document: an object, or a text in the form of a flag. Throws FaultScriptError.
 *
 * @param place where it is, for the message
 */
export function parseFault(value: unknown, place = 'fault'): FaultSpecification {
  if (typeof value === 'string') return parseFaultFlag(value, place);
  const given = typeof value === 'object' && value !== null ? (value as Fields).fault : undefined;
  if (given === undefined) {
    throw new FaultScriptError(
      `${place}: write a text such as "throttle:2", or an object with "fault" and its settings.`,
    );
  }
  const fault = readName(given, `${place}.fault`);
  const { settings, required } = FAULTS[fault];
  const names = [...COMMON, ...settings].filter((name) => name !== 'on' || FAULTS[fault].area !== 'step');
  const fields = readObject(value, place, names);
  const { on, after, times, probability } = fields;
  if (probability !== undefined && !isNumber(probability, 0, 1, false)) {
    throw new FaultScriptError(`${place}.probability: write a number from 0 to 1.`);
  }
  const specification: Record<string, unknown> = {
    fault,
    ...(on === undefined ? {} : { on: readTarget(on, `${place}.on`) }),
    ...(after === undefined ? {} : { after: readWhole(after, `${place}.after`) }),
    ...(times === undefined ? {} : { times: readTimes(times, `${place}.times`) }),
    ...(probability === undefined ? {} : { probability }),
  };
  for (const name of settings) {
    const setting = fields[name];
    if (setting !== undefined) specification[name] = SETTINGS[name](setting, `${place}.${name}`);
    else if (required.includes(name)) throw new FaultScriptError(`${place}: ${fault} needs "${name}".`);
  }
  if (fault === 'lost' && typeof specification.status === 'number' && specification.status < 500) {
    throw new FaultScriptError(`${place}.status: an answer is lost with a status from 500 to 599.`);
  }
  return specification as unknown as FaultSpecification;
}

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** A number of a flag; NaN for anything else, which the reader of the setting then refuses. */
function number(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** Seconds, also written as 500ms, 30s, 5m or 2h. */
function seconds(text: string): number {
  const [, count = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const factor = { ms: 0.001, s: 1, m: 60, h: 3600 }[unit] ?? Number.NaN;
  return number(count) * factor;
}

function bytes(text: string): number {
  const [, count = '', unit = ''] = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text) ?? [];
  return number(count) * (BYTE_UNITS[unit.toLowerCase()] ?? Number.NaN);
}

/** What each argument of a flag sets. */
const ARGUMENTS: Readonly<Record<FlagArgument, (text: string) => Fields>> = {
  STATUS: (text) => ({ status: number(text) }),
  TIMES: (text) => ({ times: text === 'always' ? text : number(text) }),
  SECONDS: (text) => ({ seconds: seconds(text) }),
  'SECONDS|none': (text) => ({ retryAfter: text === 'none' ? null : seconds(text) }),
  OPERATION: (text) => ({ on: { operation: text } }),
  BYTES: (text) => ({ bytes: bytes(text) }),
  BYTES_PER_SECOND: (text) => ({ bytesPerSecond: bytes(text) }),
  STEP: (text) => ({ step: text }),
  MESSAGE: (text) => ({ message: text }),
  'upload|download': (text) => {
    const method = { upload: 'PUT', download: 'GET' }[text];
    if (method === undefined) throw new FaultScriptError('write "upload" or "download".');
    return { on: { method } };
  },
};

/**
 * A fault as the command line writes it: its name and arguments after colons. An empty argument is its default; a message may
 * hold colons itself. Throws FaultScriptError, which shows the form.
 */
export function parseFaultFlag(text: string, place = `fault "${text}"`): FaultSpecification {
  const [first = '', ...rest] = text.trim().split(':');
  const replaced = FAULT_ALIASES[first.toLowerCase()];
  const [given, ...before] = replaced ?? [first.toLowerCase()];
  const names = [...FAULT_NAMES, ...Object.keys(FAULT_ALIASES)];
  const fault = FAULT_NAMES.find((name) => name === given);
  if (fault === undefined) throw new FaultScriptError(`${place}: ${unknownName('fault', first, names)}`);
  const { flag } = FAULTS[fault];
  const parts = [...before, ...rest];
  const values =
    flag.at(-1) === 'MESSAGE' ? [...parts.slice(0, flag.length - 1), parts.slice(flag.length - 1).join(':')] : parts;
  try {
    if (values.length > flag.length) throw new FaultScriptError('there are too many arguments.');
    const fields = values.map((value, index) => {
      const argument = flag[index];
      return value === '' || argument === undefined ? {} : ARGUMENTS[argument](value.trim());
    });
    return parseFault(Object.assign({ fault }, ...fields), '');
  } catch (error) {
    if (!(error instanceof FaultScriptError)) throw error;
    throw new FaultScriptError(`${place}: ${error.message.replace(/^[.:\s]+/, '')} The form is ${flagForm(fault)}.`);
  }
}
