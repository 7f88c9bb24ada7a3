// What an administrator is told when something cannot be done.

export type AdministrationErrorKind = 'notFound' | 'invalidState' | 'invalidInput' | 'noInstallation';

/** Something cannot be done as asked. `kind` is for programs, the message for people, `remedy` says what to do. */
export class AdministrationError extends Error {
  override readonly name = 'AdministrationError';
  readonly kind: AdministrationErrorKind;
  readonly remedy: string | undefined;

  constructor(kind: AdministrationErrorKind, message: string, remedy?: string) {
    super(message);
    this.kind = kind;
    this.remedy = remedy;
  }
}
