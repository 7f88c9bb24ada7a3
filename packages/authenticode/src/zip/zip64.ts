// ZIP64: sizes beyond 32 bits, in records of their own. The Hardware Dev Center refuses such packages, so they are refused
// here, with what to do instead.
import { ParseError } from '../errors.ts';

/** A 32-bit field with this value stands for one in a ZIP64 extra field. */
export const IN_ZIP64 = 0xffff_ffff;

export function refuseZip64(offset: number): never {
  const what = 'this is a ZIP64 archive, which the service does not take';
  const remedy = 'make it with a tool that writes ZIP64 only where it must, and keep it below 4 GiB and 65,535 entries';
  throw new ParseError('zip', 'zip64', `${what}; ${remedy}`, offset);
}
