// How much a cabinet may ask of the machine that reads it. Every count, size and name length of the input is held
// against one of these before memory or time is spent on it.

export interface CabinetLimits {
  /** Most CFFILE entries. The format itself ends at 65535. */
  readonly files: number;
  /** Most CFFOLDER entries. The format itself ends at 65535. */
  readonly folders: number;
  /** Most uncompressed bytes, over all files and over all data blocks. */
  readonly totalBytes: number;
  /** Most bytes in the name of a file, the closing NUL not counted. */
  readonly nameBytes: number;
  /** Most uncompressed bytes for each byte of the cabinet; Infinity for no such limit. */
  readonly expansionRatio: number;
}

export const DEFAULT_CABINET_LIMITS: CabinetLimits = {
  files: 20_000,
  folders: 4_096,
  totalBytes: 8 * 1024 ** 3,
  nameBytes: 256,
  expansionRatio: Number.POSITIVE_INFINITY,
};

/** The default limits with these changes. */
export function cabinetLimits(changes: Partial<CabinetLimits> = {}): CabinetLimits {
  return { ...DEFAULT_CABINET_LIMITS, ...changes };
}
