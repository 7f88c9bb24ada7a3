// The one class of error that every reader in this package throws for malformed input, and the one that writers throw
// for a request that the format cannot hold.

/** The formats whose readers can refuse input. */
export type FormatName =
  | 'bytes'
  | 'der'
  | 'x509'
  | 'cms'
  | 'spc'
  | 'pe'
  | 'cab'
  | 'catalog'
  | 'pem'
  | 'pkcs8'
  | 'pkcs12'
  | 'timestamp'
  | 'zip'
  | 'xml'
  | 'opc';

/**
 * Malformed, truncated, hostile or unsupported input. `code` is stable and machine-readable, `offset` is the byte offset
 * in the input at which the reader gave up, when it is known.
 */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  readonly format: FormatName;
  readonly code: string;
  readonly offset: number | undefined;

  constructor(format: FormatName, code: string, message: string, offset?: number) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`);
    this.format = format;
    this.code = code;
    this.offset = offset;
  }
}

/** A request to sign or write something that cannot be expressed, such as a cabinet over 2 GB or a missing key. */
export class SigningError extends Error {
  override readonly name = 'SigningError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
