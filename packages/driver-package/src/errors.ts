// The error that the INF reader throws for text that cannot be read at all. Everything that can be read but is wrong
// becomes a finding instead.
import { ParseError } from '@assay/authenticode';

/** An INF that cannot be read; the message says where. `line` counts from 1. */
export class InfError extends ParseError {
  readonly line: number | undefined;

  constructor(code: string, message: string, line?: number) {
    super('bytes', code, line === undefined ? message : `${message} (line ${line})`);
    this.line = line;
  }
}
