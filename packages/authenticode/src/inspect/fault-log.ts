// Collects what cannot be read while a file is described, so that one broken part does not hide the others.
import { ParseError } from '../errors.ts';
import type { Fault } from './description.ts';

export class FaultLog {
  readonly #faults: Fault[] = [];

  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** What `read` gives; undefined, and a fault, when it throws ParseError. */
  async collect<Value>(where: string, read: () => Promise<Value> | Value): Promise<Value | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.#faults.push({ where, code: error.code, message: error.message });
      return undefined;
    }
  }
}
