// Why clients cannot be led to the rehearsal, in words for whoever started it.

export type InterceptionErrorKind = 'portInUse' | 'notPermitted' | 'unsupported';

export class InterceptionError extends Error {
  override readonly name = 'InterceptionError';
  readonly kind: InterceptionErrorKind;
  /** What to do about it. */
  readonly remedy: string;

  constructor(kind: InterceptionErrorKind, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.remedy = remedy;
  }
}
