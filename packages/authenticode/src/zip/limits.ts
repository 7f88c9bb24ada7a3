// How much an archive may ask of the machine that reads it. Every count, size and name length of the input is held
// against one of these before memory or time is spent on it.

export interface ZipLimits {
  /** Most entries. Without ZIP64 the format itself ends at 65535. */
  readonly entries: number;
  /** Most bytes in the name of an entry. */
  readonly nameBytes: number;
  /** Most bytes of the central directory, which is read as a whole. */
  readonly directoryBytes: number;
  /** Most uncompressed bytes, over all entries. */
  readonly totalBytes: number;
  /** Most uncompressed bytes for each byte of the archive; what is below `freeBytes` is never held against it. */
  readonly expansionRatio: number;
  /** Uncompressed bytes that any archive may hold, however small it is. */
  readonly freeBytes: number;
}

export const DEFAULT_ZIP_LIMITS: ZipLimits = {
  entries: 65_535,
  nameBytes: 1024,
  directoryBytes: 32 * 1024 ** 2,
  totalBytes: 32 * 1024 ** 3,
  expansionRatio: 200,
  freeBytes: 64 * 1024 ** 2,
};

/** The default limits with these changes. */
export function zipLimits(changes: Partial<ZipLimits> = {}): ZipLimits {
  return { ...DEFAULT_ZIP_LIMITS, ...changes };
}
