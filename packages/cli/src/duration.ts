// Lengths of time as the command line writes them: 90s, 60m, 2h, or plain seconds.
import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds. Throws InvalidArgumentError for anything that is no positive duration. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const milliseconds = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? 's'] ?? Number.NaN);
  if (!Number.isFinite(milliseconds) || milliseconds <= 0) {
    throw new InvalidArgumentError('Write a duration such as 90s, 60m or 2h.');
  }
  return milliseconds;
}
