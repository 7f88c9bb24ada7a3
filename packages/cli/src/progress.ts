// Progress on stderr. On a terminal: a line for each thing that happened, and below them one that is rewritten in place, with a
// bar for transfers and the time that has passed for waits. Elsewhere, such as in CI: plain lines, and seldom.
import { formatBytes } from './output.ts';

export interface Progress {
  /** A line that stays. */
  note(message: string): void;
  /** A line that stays, in the middle of what is shown: a wait goes on being shown. */
  aside(message: string): void;
  /** How far a transfer is. */
  count(label: string, bytes: number, total: number): void;
  /** What is waited for; a line when it changes, and the time that it takes. Lasts until the next call of anything. */
  wait(what: string): void;
  /** Clears the line that is rewritten; nothing is shown after it. */
  end(): void;
}

/** Where progress goes; process.stderr and process.env unless a test gives others. */
export interface ProgressOutput {
  readonly stream?: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The line is rewritten at most this often. */
const REFRESH_MS = 100;
/** Where lines stay, a transfer is reported at most this often, and a wait that doesn't change this often. */
const PLAIN_COUNT_MS = 10_000;
const PLAIN_WAIT_MS = 60_000;
const BAR_WIDTH = 24;
const DEFAULT_COLUMNS = 80;
const CLEAR = '\r\x1b[K';

/** A length of time for people: 7 s, 2 min 05 s, 1 h 04 min. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const padded = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${padded(Math.floor(seconds / 60) % 60)} min`;
}

interface Transfer {
  readonly label: string;
  readonly startedAt: number;
  /** Bytes that were there at the first report, which do not count for the rate. */
  readonly from: number;
}

function describeTransfer({ label, startedAt, from }: Transfer, bytes: number, total: number, bar: boolean): string {
  const share = total === 0 ? 1 : Math.min(1, bytes / total);
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = seconds > 0.5 ? (bytes - from) / seconds : 0;
  const filled = Math.round(share * BAR_WIDTH);
  const parts = [
    label,
    ...(bar ? [`[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`] : []),
    `${Math.floor(share * 100)}% of ${formatBytes(total)}`,
    ...(rate > 0 ? [`${formatBytes(Math.round(rate))}/s`] : []),
    ...(rate > 0 && bytes < total ? [`${formatElapsed(((total - bytes) / rate) * 1000)} left`] : []),
  ];
  return parts.join('  ');
}

/** Progress for a command; `quiet` silences it. */
export function createProgress(quiet: boolean, output: ProgressOutput = {}): Progress {
  const { stream = process.stderr, environment = process.env } = output;
  const isLive = stream.isTTY === true && !environment.CI && environment.TERM !== 'dumb';
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  let transfer: Transfer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waitedFor: string | undefined;

  function clear(): void {
    if (isDrawn) stream.write(CLEAR);
    isDrawn = false;
  }

  function draw(text: string): void {
    drawnAt = performance.now();
    isDrawn = true;
    stream.write(`${CLEAR}${text.slice(0, (stream.columns ?? DEFAULT_COLUMNS) - 1)}`);
  }

  function line(text: string): void {
    clear();
    stream.write(`${text}\n`);
  }

  function stopWaiting(): void {
    clearInterval(timer);
    timer = undefined;
    waitedFor = undefined;
  }

  return {
    note(message) {
      if (quiet) return;
      stopWaiting();
      line(message);
    },
    aside(message) {
      if (!quiet) line(message);
    },
    count(label, bytes, total) {
      if (quiet) return;
      stopWaiting();
      const now = performance.now();
      if (transfer?.label !== label || bytes < transfer.from) {
        transfer = { label, startedAt: now, from: bytes };
        drawnAt = isLive ? Number.NEGATIVE_INFINITY : now;
      }
      if (now - drawnAt < (isLive ? REFRESH_MS : PLAIN_COUNT_MS) && (bytes < total || !isLive)) return;
      if (isLive) draw(describeTransfer(transfer, bytes, total, true));
      else {
        drawnAt = now;
        line(describeTransfer(transfer, bytes, total, false));
      }
    },
    wait(what) {
      if (quiet || what === waitedFor) return;
      stopWaiting();
      line(what);
      waitedFor = what;
      const startedAt = performance.now();
      const tick = () => {
        const text = `${what} for ${formatElapsed(performance.now() - startedAt)}`;
        if (isLive) draw(text);
        else line(text);
      };
      timer = setInterval(tick, isLive ? 1000 : PLAIN_WAIT_MS);
      timer.unref();
    },
    end() {
      stopWaiting();
      clear();
    },
  };
}
