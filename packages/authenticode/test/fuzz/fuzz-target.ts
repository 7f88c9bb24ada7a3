// What a fuzz target is, and how one case of it is judged.
import { ParseError } from '../../src/errors.ts';

/** One reader under test. */
export interface FuzzTarget {
  /** Name of the reader, as in the report. */
  readonly name: string;
  /** Valid inputs that cases are made from; the reader accepts each. */
  readonly samples: () => Promise<readonly Uint8Array[]>;
  /**
   * Reads the input as deeply as a caller would. Only ParseError may come out of it; what the reader reports instead of
   * throwing (verification problems) does not matter here.
   */
  readonly read: (input: Uint8Array) => unknown;
}

/** Longest that a reader may take for one case, in milliseconds of processor time: others may be using the machine. */
export const MOST_MILLISECONDS = 1000;

export interface CaseOutcome {
  /** 'accepted', or format and code of the ParseError. */
  readonly outcome: string;
  /** Processor time of the case. */
  readonly milliseconds: number;
}

function processorMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Runs one case. Throws an Error that shows the input when the reader fails in any other way than by ParseError. */
export async function runCase(target: FuzzTarget, input: Uint8Array): Promise<CaseOutcome> {
  const started = processorMilliseconds();
  let outcome = 'accepted';
  try {
    await target.read(input);
  } catch (error) {
    if (!(error instanceof ParseError)) {
      throw new Error(`${target.name} threw ${String(error)} for ${shown(input)}`, { cause: error });
    }
    outcome = `${error.format}/${error.code}`;
  }
  const milliseconds = processorMilliseconds() - started;
  if (milliseconds > MOST_MILLISECONDS) {
    throw new Error(`${target.name} took ${Math.round(milliseconds)} ms for ${shown(input)}`);
  }
  return { outcome, milliseconds };
}

function shown(input: Uint8Array): string {
  const hex = Buffer.from(input.subarray(0, 16_384)).toString('hex');
  return `${input.length} bytes: ${hex}${input.length > 16_384 ? '…' : ''}`;
}
