// The time that what is made gets instead of now, so that the same input gives the same output.
import { CommandError, EXIT } from './exit-codes.ts';

/** SOURCE_DATE_EPOCH (reproducible-builds.org): seconds since 1970; undefined when it is not set. Throws CommandError. */
export function sourceDate(): Date | undefined {
  const text = process.env.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,11}$/.test(text))
    throw new CommandError(EXIT.usage, `SOURCE_DATE_EPOCH is not a number of seconds: ${text}`);
  return new Date(Number(text) * 1000);
}
