// What a PKCS#11 module refuses: as an error of signing with a code and a remedy, and the number that the module gave.
import { SigningError } from '@assay/authenticode';
import { RETURN_VALUE, type ReturnValueName, returnValueName } from './constants.ts';

interface Meaning {
  readonly code: string;
  readonly message: string;
}

const WRONG_PIN = 'the token refuses the PIN: give the right one, before too many wrong ones lock the token';

const MEANINGS: Readonly<Partial<Record<ReturnValueName, Meaning>>> = {
  CKR_PIN_INCORRECT: { code: 'wrong-pin', message: WRONG_PIN },
  CKR_PIN_INVALID: { code: 'wrong-pin', message: WRONG_PIN },
  CKR_PIN_LEN_RANGE: { code: 'wrong-pin', message: `${WRONG_PIN} (it is too short or too long)` },
  CKR_PIN_LOCKED: {
    code: 'pin-locked',
    message: 'the PIN of the token is locked after too many wrong ones: unlock it with the PUK or the security officer',
  },
  CKR_PIN_EXPIRED: { code: 'pin-locked', message: 'the PIN of the token has expired: set a new one' },
  CKR_USER_PIN_NOT_INITIALIZED: { code: 'pin-locked', message: 'the token has no PIN yet: set one' },
  CKR_USER_ANOTHER_ALREADY_LOGGED_IN: {
    code: 'token-refused',
    message: 'another user, such as the security officer, is logged in to the token: log out there',
  },
  CKR_TOKEN_NOT_PRESENT: { code: 'token-not-found', message: 'the token is gone: insert it again' },
  CKR_DEVICE_REMOVED: { code: 'token-not-found', message: 'the token is gone: insert it again' },
};

/** Sessions and handles that are gone after these: a new session may help. */
const LOST: ReadonlySet<number> = new Set([
  RETURN_VALUE.CKR_DEVICE_ERROR,
  RETURN_VALUE.CKR_DEVICE_REMOVED,
  RETURN_VALUE.CKR_KEY_HANDLE_INVALID,
  RETURN_VALUE.CKR_OBJECT_HANDLE_INVALID,
  RETURN_VALUE.CKR_SESSION_CLOSED,
  RETURN_VALUE.CKR_SESSION_HANDLE_INVALID,
  RETURN_VALUE.CKR_TOKEN_NOT_PRESENT,
  RETURN_VALUE.CKR_TOKEN_NOT_RECOGNIZED,
  RETURN_VALUE.CKR_SLOT_ID_INVALID,
  RETURN_VALUE.CKR_USER_NOT_LOGGED_IN,
  RETURN_VALUE.CKR_OPERATION_ACTIVE,
  RETURN_VALUE.CKR_OPERATION_NOT_INITIALIZED,
  RETURN_VALUE.CKR_CRYPTOKI_NOT_INITIALIZED,
]);

/** After these, the same mechanism with the same key will never work; another one may. */
const MECHANISM_REFUSED: ReadonlySet<number> = new Set([
  RETURN_VALUE.CKR_MECHANISM_INVALID,
  RETURN_VALUE.CKR_MECHANISM_PARAM_INVALID,
  RETURN_VALUE.CKR_KEY_FUNCTION_NOT_PERMITTED,
  RETURN_VALUE.CKR_KEY_TYPE_INCONSISTENT,
]);

/** A function of a module returned something else than CKR_OK. */
export class TokenError extends SigningError {
  readonly returnValue: number;

  constructor(functionName: string, returnValue: number) {
    const entry = Object.entries(RETURN_VALUE).find(([, number]) => number === returnValue);
    const meaning = entry === undefined ? undefined : MEANINGS[entry[0] as ReturnValueName];
    const said = `${functionName} returned ${returnValueName(returnValue)}`;
    super(
      meaning?.code ?? 'token-refused',
      meaning === undefined
        ? `the token cannot do what was asked: ${said}; the documentation of its PKCS#11 module says why`
        : `${meaning.message} (${said})`,
    );
    this.returnValue = returnValue;
  }

  get sessionIsLost(): boolean {
    return LOST.has(this.returnValue);
  }

  get mechanismIsRefused(): boolean {
    return MECHANISM_REFUSED.has(this.returnValue);
  }
}

/** Whether a PIN was wrong or is locked: to try again would lock the token or be in vain. */
export function isPinRefusal(error: unknown): error is SigningError {
  return error instanceof SigningError && (error.code === 'wrong-pin' || error.code === 'pin-locked');
}
