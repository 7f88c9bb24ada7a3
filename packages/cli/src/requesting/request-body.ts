// Bodies of requests: read from a JSON file or stdin, then overlaid with what the options say. Large integers keep all digits.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseJson } from '@assay/hardware-api';
import { type Command, InvalidArgumentError } from 'commander';
import { CommandError, EXIT } from '../exit-codes.ts';

export type JsonObject = Record<string, unknown>;

export interface BodyOptions {
  /** A file, or `-` for stdin. */
  readonly from?: string;
}

/** Adds `--from` to a command. */
export function addBodyOption(command: Command, what: string): Command {
  return command.option('--from <file>', `JSON file with ${what}, or - for stdin; other options win over what it says`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Any JSON out of a file or stdin (`-`). Throws CommandError when it is none. */
export async function readJsonInput(path: string): Promise<unknown> {
  const content = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  try {
    return parseJson(content.replace(/^\uFEFF/, ''));
  } catch (error) {
    const where = path === '-' ? 'What came from stdin' : path;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.validationFailed, `${where} is not JSON: ${reason}`);
  }
}

/** Sets what is at a dotted path; objects on the way are made. */
function setAt(body: JsonObject, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let object = body;
  for (const name of names) {
    const inner = object[name];
    const next: JsonObject = isObject(inner) ? inner : {};
    object[name] = next;
    object = next;
  }
  object[last] = value;
}

/** What is at a dotted path. */
export function valueAt(body: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), body);
}

/**
 * The object of `--from` (an empty one without it), with `values` laid over it by dotted path; those that are undefined change
 * nothing. Throws CommandError when the file holds no JSON object.
 */
export async function readBody(
  { from }: BodyOptions,
  values: Readonly<Record<string, unknown>> = {},
): Promise<JsonObject> {
  const body = from === undefined ? {} : await readJsonInput(from);
  if (!isObject(body)) {
    throw new CommandError(EXIT.validationFailed, `${from} holds no JSON object.`, 'Its first character should be {.');
  }
  for (const [path, value] of Object.entries(values)) if (value !== undefined) setAt(body, path, value);
  return body;
}

/** Throws CommandError when a property is missing; `option` would give it. */
export function requireProperty(body: JsonObject, path: string, option: string): void {
  const value = valueAt(body, path);
  if (value !== undefined && value !== '') return;
  throw new CommandError(
    EXIT.usage,
    `The request has no ${path}.`,
    `Pass ${option}, or put it into the file of --from.`,
  );
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** Collects values that may be repeated and separated by commas. */
export function collectList(value: string, previous: readonly string[] = []): readonly string[] {
  const items = value.split(',').map((item) => item.trim());
  return [...previous, ...items.filter((item) => item !== '')];
}

/** A whole number from 1. Throws InvalidArgumentError. */
export function parseCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(value);
}

/**
 * A date as the API takes it, in UTC: a day is its first moment. Throws InvalidArgumentError.
 */
export function parseDate(value: string): string {
  const trimmed = value.trim();
  const hasZone = /(?:z|[+-]\d\d:?\d\d)$/i.test(trimmed);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(trimmed);
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d/i.test(trimmed);
  const date = new Date(isMoment && !hasZone ? `${trimmed}Z` : trimmed);
  if (!(isDay || isMoment) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Write a date such as 2027-03-31 or 2027-03-31T09:00:00Z (UTC without a zone).');
  }
  return date.toISOString().replace('.000Z', 'Z');
}
