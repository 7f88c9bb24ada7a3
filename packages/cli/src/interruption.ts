// Ctrl-C: a command stops what it does, cleans up after itself, and ends with its own exit code.
import { Interrupted } from './exit-codes.ts';

/** Runs `work` with a signal that SIGINT and SIGTERM abort. A second signal ends the process at once. */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => controller.abort(new Interrupted(`Interrupted by ${name}.`));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
