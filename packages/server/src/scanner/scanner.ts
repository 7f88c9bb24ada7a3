// What the workflow knows of a malware scanner: it looks at one file at a time, and a file without a verdict is never clean.

/** What a scanner says about one file. */
export type ScanVerdict =
  | { readonly kind: 'clean' }
  /** `signature`: the scanner's own name of what it found. */
  | { readonly kind: 'infected'; readonly signature: string }
  /** The file is beyond a limit of the scanner, which has not seen all of it. `reason` ends a sentence. */
  | { readonly kind: 'not-scanned'; readonly reason: string };

/** What does the scanning. */
export interface ScannerVersion {
  /** Name and version: `ClamAV 1.4.6`. */
  readonly engine: string;
  /** The signatures that it looks for. Undefined when the scanner does not say, as with signatures of one's own only. */
  readonly signatures: { readonly version: string; readonly date: Date } | undefined;
}

export interface Scanner {
  /** Throws ScannerError when the scanner does not say. */
  version(signal?: AbortSignal): Promise<ScannerVersion>;
  /**
   * Has the file at this path scanned from its first byte to its last. Throws ScannerError when there is no verdict, the
   * reason of the signal when that was aborted, and what the file system throws when the file cannot be read.
   */
  scan(path: string, signal?: AbortSignal): Promise<ScanVerdict>;
}

/**
 * Why there is no verdict. `unreachable`: no connection. `timeout`: it went silent. `cut-off`: it ended the connection.
 * `refused`: it answered that it could not do it. `unexpected-reply`: it answered something that is not of its protocol.
 */
export type ScannerErrorCode = 'unreachable' | 'timeout' | 'cut-off' | 'refused' | 'unexpected-reply';

/** The scanner gave no verdict. It may give one later; nothing is known about the file. The message has no final stop. */
export class ScannerError extends Error {
  override readonly name = 'ScannerError';
  readonly code: ScannerErrorCode;

  constructor(code: ScannerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
