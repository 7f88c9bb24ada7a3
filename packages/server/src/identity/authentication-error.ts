// The one refusal of bearer tokens (RFC 6750 §3.1).

/** Why a bearer token was not accepted. The message is for the caller; `missing` tells "none" from "a bad one". */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';
  readonly missing: boolean;

  constructor(reason: string, missing = false) {
    super(reason);
    this.missing = missing;
  }
}
