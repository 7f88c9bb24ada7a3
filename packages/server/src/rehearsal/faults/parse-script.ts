// Reads the script of a rehearsal: seed, speed, lengths of steps, faults, what is to hold in the end, and what is there at the
// beginning. Everything wrong is said with its place.
import { type Assertion, parseAssertion } from '../assertions/index.ts';
import type { FaultSpecification } from '../fault-specification.ts';
import type { RehearsalSpeed } from '../rehearsal.ts';
import { ALL_STEP_NAMES } from '../steps/index.ts';
import { parseFault, readObject } from './parse-fault.ts';
import { FaultScriptError, unknownName } from './script-error.ts';

/** A script, read. */
export interface RehearsalScript {
  readonly seed?: number;
  readonly speed?: RehearsalSpeed;
  /** How long single steps last, in milliseconds. */
  readonly steps?: Readonly<Record<string, number>>;
  readonly faults?: readonly FaultSpecification[];
  readonly assertions?: readonly Assertion[];
  /** What `POST /_rehearsal/seed` takes. */
  readonly seedData?: unknown;
}

const SPEEDS: readonly string[] = ['instant', 'brisk', 'realistic'];
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A speed: a name, or a number as how many times as long as the real service. Throws FaultScriptError. */
export function parseSpeed(value: unknown, place = 'speed'): RehearsalSpeed {
  const text = String(value).trim();
  if (SPEEDS.includes(text)) return text as RehearsalSpeed;
  const factor = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(factor) && factor >= 0) return factor;
  throw new FaultScriptError(
    `${place}: write ${SPEEDS.join(', ')}, or a number such as 0.1 for a tenth of the time of the real service.`,
  );
}

/** A length of time in milliseconds: a number, or a text such as 500ms, 30s, 5m. Throws FaultScriptError. */
function parseLength(value: unknown, place: string): number {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(value).trim()) ?? [];
  const milliseconds =
    typeof value === 'number' ? value : count === '' ? Number.NaN : Number(count) * (UNIT_MS[unit] ?? 0);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  throw new FaultScriptError(`${place}: write milliseconds as a number, or a text such as "500ms", "30s" or "5m".`);
}

/** The name of a step and how long it lasts, as `scanning=30s`. Throws FaultScriptError. */
export function parseStepDuration(text: string): readonly [step: string, milliseconds: number] {
  const [, given = '', length = ''] = /^([^=]+)=(.+)$/.exec(text.trim()) ?? [];
  if (given === '') throw new FaultScriptError(`"${text}": write a step and how long it lasts, such as scanning=30s.`);
  return [stepNamed(given, `"${text}"`), parseLength(length, `"${text}"`)];
}

function stepNamed(given: string, place: string): string {
  const name = ALL_STEP_NAMES.find((step) => step.toLowerCase() === given.trim().toLowerCase());
  if (name === undefined)
    throw new FaultScriptError(`${place}: ${unknownName('workflow step', given, ALL_STEP_NAMES)}`);
  return name;
}

function listOf<Item>(value: unknown, place: string, read: (item: unknown, place: string) => Item): readonly Item[] {
  if (!Array.isArray(value)) throw new FaultScriptError(`${place}: write a list.`);
  return value.map((item, index) => read(item, `${place}[${index}]`));
}

function readSteps(value: unknown): Readonly<Record<string, number>> {
  const entries = Object.entries(readObject(value, 'steps', Object.keys((value as object | null) ?? {})));
  return Object.fromEntries(
    entries.map(([name, length]) => [stepNamed(name, 'steps'), parseLength(length, `steps.${name}`)]),
  );
}

/** A seed: a whole number. Throws FaultScriptError. */
export function parseSeed(value: unknown, place = 'seed'): number {
  const seed = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new FaultScriptError(`${place}: write a whole number from 0.`);
}

/** Reads a script from what its YAML or JSON says. Throws FaultScriptError. */
export function parseRehearsalScript(value: unknown): RehearsalScript {
  const names = ['seed', 'speed', 'steps', 'faults', 'assertions', 'seedData'];
  const { seed, speed, steps, faults, assertions, seedData } = readObject(value ?? {}, 'the script', names);
  return {
    ...(seed === undefined ? {} : { seed: parseSeed(seed) }),
    ...(speed === undefined ? {} : { speed: parseSpeed(speed) }),
    ...(steps === undefined ? {} : { steps: readSteps(steps) }),
    ...(faults === undefined ? {} : { faults: listOf(faults, 'faults', parseFault) }),
    ...(assertions === undefined ? {} : { assertions: listOf(assertions, 'assertions', parseAssertion) }),
    ...(seedData === undefined ? {} : { seedData }),
  };
}
