// Progress on stderr: one line for each thing that happened, and on a terminal a line that counts bytes in place.
import { formatBytes } from './output.ts';

/** A counting line is rewritten at most this often. */
const REFRESH_MS = 100;

export interface Progress {
  /** A line that stays. */
  note(message: string): void;
  /** A line that is replaced by the next; shown on terminals only. */
  count(label: string, bytes: number, total: number): void;
}

/** Progress for a command; `quiet` silences it. */
export function createProgress(quiet: boolean): Progress {
  const { stderr } = process;
  let lastCount = 0;
  let counting = false;

  return {
    note(message) {
      if (quiet) return;
      stderr.write(counting ? `\r\x1b[K${message}\n` : `${message}\n`);
      counting = false;
    },
    count(label, bytes, total) {
      const now = performance.now();
      if (quiet || !stderr.isTTY || (now - lastCount < REFRESH_MS && bytes < total)) return;
      lastCount = now;
      counting = true;
      const percent = total === 0 ? 100 : Math.floor((bytes / total) * 100);
      stderr.write(`\r\x1b[K${label} ${percent}% of ${formatBytes(total)}`);
    },
  };
}
