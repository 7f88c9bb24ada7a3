// The settings of a rehearsal: what the options say, and beneath them what the script says.
import type { RehearsalOptions } from '@assay/server';
import { CommandError, EXIT } from '../exit-codes.ts';
import { readScript } from './read-script.ts';

/** Options of `assay rehearse` that say how the service behaves. */
export interface BehaviourOptions {
  readonly script?: string;
  readonly seed?: string;
  readonly speed?: string;
  readonly step?: readonly string[];
  readonly fault?: readonly string[];
  readonly assert?: readonly string[];
  readonly allowUnsigned?: boolean;
}

export interface WantedAssertion {
  /** As it was written. */
  readonly text: string;
  readonly assertion: unknown;
}

export interface RehearsalSettings {
  readonly rehearsal: RehearsalOptions & { readonly seed: number };
  readonly assertions: readonly WantedAssertion[];
  /** What `POST /_rehearsal/seed` is given before the command runs. */
  readonly seedData: unknown;
}

const REMEDY = 'See docs/guide/rehearse.md and docs/reference/faults.md.';
const DEFAULT_SEED = 1;

/** Reads all of them. Throws CommandError that names what is wrong. */
export async function readSettings(options: BehaviourOptions): Promise<RehearsalSettings> {
  const { FaultScriptError, parseAssertion, parseFaultFlag, parseSeed, parseSpeed, parseStepDuration } = await import(
    '@assay/server'
  );
  const script = options.script === undefined ? {} : await readScript(options.script);
  try {
    const seed = options.seed === undefined ? (script.seed ?? DEFAULT_SEED) : parseSeed(options.seed, '--seed');
    const speed = options.speed === undefined ? script.speed : parseSpeed(options.speed, '--speed');
    const steps = (options.step ?? []).map((text) => parseStepDuration(text));
    return {
      rehearsal: {
        seed,
        ...(speed === undefined ? {} : { speed }),
        stepDurationsMs: { ...script.steps, ...Object.fromEntries(steps) },
        faults: [...(script.faults ?? []), ...(options.fault ?? []).map((text) => parseFaultFlag(text))],
        packageSignature: options.allowUnsigned === true ? 'any' : 'registered',
      },
      assertions: [
        ...(script.assertions ?? []).map((assertion) => ({ text: JSON.stringify(assertion), assertion })),
        ...(options.assert ?? []).map((text) => ({ text, assertion: parseAssertion(text) })),
      ],
      seedData: script.seedData,
    };
  } catch (error) {
    if (!(error instanceof FaultScriptError)) throw error;
    throw new CommandError(EXIT.usage, error.message, REMEDY);
  }
}
