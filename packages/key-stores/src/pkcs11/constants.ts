// Numbers of the PKCS#11 standard (OASIS PKCS #11 v3.1, appendix B and the header files): those that are needed here.

/** Kinds of objects, CKO_. */
export const OBJECT_CLASS = { certificate: 1, publicKey: 2, privateKey: 3 } as const;

/** Attributes, CKA_. */
export const ATTRIBUTE = {
  class: 0x0,
  label: 0x3,
  value: 0x11,
  certificateType: 0x80,
  keyType: 0x100,
  id: 0x102,
  sign: 0x108,
  modulus: 0x120,
  publicExponent: 0x122,
  publicKeyInfo: 0x129,
  ecParameters: 0x180,
  ecPoint: 0x181,
  alwaysAuthenticate: 0x202,
} as const;

/** CKC_X_509. */
export const X509_CERTIFICATE = 0;

/** Kinds of keys, CKK_. */
export const KEY_TYPE = { rsa: 0, ec: 3 } as const;

/** Mechanisms, CKM_. Those with a hash in their name hash in the token. */
export const MECHANISM = {
  rsaPkcs: 0x1,
  sha1RsaPkcs: 0x6,
  sha256RsaPkcs: 0x40,
  sha384RsaPkcs: 0x41,
  sha512RsaPkcs: 0x42,
  ecdsa: 0x1041,
  ecdsaSha1: 0x1042,
  ecdsaSha256: 0x1044,
  ecdsaSha384: 0x1045,
  ecdsaSha512: 0x1046,
} as const;

/** What a mechanism can do, CKF_: sign. */
export const MECHANISM_SIGNS = 0x800;

/** State of a token, CKF_. */
export const TOKEN_FLAG = {
  loginRequired: 0x4,
  protectedAuthenticationPath: 0x100,
  initialized: 0x400,
  userPinFinalTry: 0x2_0000,
  userPinLocked: 0x4_0000,
} as const;

/** CKF_OS_LOCKING_OK: calls may come from several threads. */
export const OS_LOCKING_OK = 0x2;
/** CKF_SERIAL_SESSION, which every session has to ask for. */
export const SERIAL_SESSION = 0x4;

/** Who logs in, CKU_. */
export const USER = { user: 1, contextSpecific: 2 } as const;

/** What functions return, CKR_, by name; messages show the names. */
export const RETURN_VALUE = {
  CKR_OK: 0x0,
  CKR_HOST_MEMORY: 0x2,
  CKR_SLOT_ID_INVALID: 0x3,
  CKR_GENERAL_ERROR: 0x5,
  CKR_FUNCTION_FAILED: 0x6,
  CKR_ARGUMENTS_BAD: 0x7,
  CKR_NEED_TO_CREATE_THREADS: 0x9,
  CKR_CANT_LOCK: 0xa,
  CKR_ATTRIBUTE_SENSITIVE: 0x11,
  CKR_ATTRIBUTE_TYPE_INVALID: 0x12,
  CKR_ATTRIBUTE_VALUE_INVALID: 0x13,
  CKR_DATA_INVALID: 0x20,
  CKR_DATA_LEN_RANGE: 0x21,
  CKR_DEVICE_ERROR: 0x30,
  CKR_DEVICE_MEMORY: 0x31,
  CKR_DEVICE_REMOVED: 0x32,
  CKR_FUNCTION_CANCELED: 0x50,
  CKR_FUNCTION_NOT_SUPPORTED: 0x54,
  CKR_KEY_HANDLE_INVALID: 0x60,
  CKR_KEY_SIZE_RANGE: 0x62,
  CKR_KEY_TYPE_INCONSISTENT: 0x63,
  CKR_KEY_FUNCTION_NOT_PERMITTED: 0x68,
  CKR_MECHANISM_INVALID: 0x70,
  CKR_MECHANISM_PARAM_INVALID: 0x71,
  CKR_OBJECT_HANDLE_INVALID: 0x82,
  CKR_OPERATION_ACTIVE: 0x90,
  CKR_OPERATION_NOT_INITIALIZED: 0x91,
  CKR_PIN_INCORRECT: 0xa0,
  CKR_PIN_INVALID: 0xa1,
  CKR_PIN_LEN_RANGE: 0xa2,
  CKR_PIN_EXPIRED: 0xa3,
  CKR_PIN_LOCKED: 0xa4,
  CKR_SESSION_CLOSED: 0xb0,
  CKR_SESSION_COUNT: 0xb1,
  CKR_SESSION_HANDLE_INVALID: 0xb3,
  CKR_TOKEN_NOT_PRESENT: 0xe0,
  CKR_TOKEN_NOT_RECOGNIZED: 0xe1,
  CKR_USER_ALREADY_LOGGED_IN: 0x100,
  CKR_USER_NOT_LOGGED_IN: 0x101,
  CKR_USER_PIN_NOT_INITIALIZED: 0x102,
  CKR_USER_TYPE_INVALID: 0x103,
  CKR_USER_ANOTHER_ALREADY_LOGGED_IN: 0x104,
  CKR_BUFFER_TOO_SMALL: 0x150,
  CKR_CRYPTOKI_NOT_INITIALIZED: 0x190,
  CKR_CRYPTOKI_ALREADY_INITIALIZED: 0x191,
  CKR_TOKEN_RESOURCE_EXCEEDED: 0x201,
  CKR_ACTION_PROHIBITED: 0x1b,
} as const;

export type ReturnValueName = keyof typeof RETURN_VALUE;

/** `CKR_DEVICE_ERROR (0x30)`, or the bare number when it is not in the table. */
export function returnValueName(value: number): string {
  const hex = `0x${value.toString(16)}`;
  const entry = Object.entries(RETURN_VALUE).find(([, number]) => number === value);
  return entry === undefined ? hex : `${entry[0]} (${hex})`;
}
