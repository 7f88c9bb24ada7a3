// A session with a token: finding objects, reading them, signing. One call at a time is its user's business.
import { Buffer } from 'node:buffer';
import { SigningError } from '@assay/authenticode';
import { MECHANISM_SIGNS, RETURN_VALUE, SERIAL_SESSION, TOKEN_FLAG, USER } from './constants.ts';
import type { Pkcs11Module, Token } from './module.ts';
import {
  type AttributeSlot,
  attributeTemplate,
  MECHANISM_INFO,
  mechanismWithoutParameter,
  NativeMemory,
  readAttributeLengths,
} from './native-layout.ts';
import { addressOf } from './native-module.ts';
import { TokenError } from './token-error.ts';

/** Objects that are found at once, and most that are looked at. */
const FIND_CHUNK = 64;
const MAXIMUM_OBJECTS = 4096;
/** Largest attribute that is read: a certificate can be some kilobytes. */
const MAXIMUM_ATTRIBUTE_BYTES = 1024 * 1024;
/** Room for any signature: RSA with 16384 bits. */
const MAXIMUM_SIGNATURE_BYTES = 2048;

export type ObjectHandle = bigint;

/** Attributes of an object by type; those that it has not, or keeps for itself, are absent. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

export class TokenSession {
  readonly token: Token;
  readonly #module: Pkcs11Module;
  readonly #handle: bigint;
  /** What is known of mechanisms. */
  readonly #signsWith = new Map<number, boolean>();
  #loggedIn = false;

  private constructor(module: Pkcs11Module, token: Token, handle: bigint) {
    this.#module = module;
    this.token = token;
    this.#handle = handle;
  }

  /**
   * Opens a session and logs in if the token wants that. Throws SigningError `pin-needed`, `wrong-pin`, `pin-locked` or
   * `token-refused`.
   */
  static async open(module: Pkcs11Module, token: Token, pin: string | undefined): Promise<TokenSession> {
    const { native } = module;
    const handle = new NativeMemory(native.layout, native.layout.ulongBytes);
    await native.call('C_OpenSession', [token.slot, SERIAL_SESSION, null, null, handle]);
    const session = new TokenSession(module, token, handle.readUlong(0));
    try {
      await session.#logIn(pin);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async #logIn(pin: string | undefined): Promise<void> {
    const { flags, label, slot } = this.token;
    const ownKeypad = (flags & TOKEN_FLAG.protectedAuthenticationPath) !== 0;
    if (pin === undefined && !ownKeypad) {
      if ((flags & TOKEN_FLAG.loginRequired) === 0) return;
      throw new SigningError('pin-needed', `the token '${label}' asks for a PIN: give one`);
    }
    await this.#module.login(slot, async () => {
      try {
        await this.#sendPin(USER.user, pin);
      } catch (error) {
        throw await this.#withTriesLeft(error);
      }
    });
    this.#loggedIn = true;
  }

  async #sendPin(user: number, pin: string | undefined): Promise<void> {
    const text = pin === undefined ? null : new Uint8Array(Buffer.from(pin, 'utf8'));
    try {
      await this.#module.native.call('C_Login', [this.#handle, user, text, text?.length ?? 0], {
        also: [RETURN_VALUE.CKR_USER_ALREADY_LOGGED_IN],
      });
    } finally {
      text?.fill(0);
    }
  }

  /** The refusal of a PIN, with a warning when the next wrong one locks the token or this one did. */
  async #withTriesLeft(error: unknown): Promise<unknown> {
    if (!(error instanceof TokenError) || error.code !== 'wrong-pin') return error;
    const tokens = await this.#module.listTokens().catch(() => []);
    const flags = tokens.find(({ slot }) => slot === this.token.slot)?.flags ?? 0;
    if ((flags & TOKEN_FLAG.userPinLocked) !== 0) return new TokenError('C_Login', RETURN_VALUE.CKR_PIN_LOCKED);
    if ((flags & TOKEN_FLAG.userPinFinalTry) === 0) return error;
    return new SigningError('wrong-pin', `${error.message}; one more wrong PIN locks it`, { cause: error });
  }

  /** Authenticates the one operation that was just begun, for keys that want that each time (CKA_ALWAYS_AUTHENTICATE). */
  async #authenticateOperation(pin: string | undefined): Promise<void> {
    try {
      await this.#sendPin(USER.contextSpecific, pin);
    } catch (error) {
      throw await this.#withTriesLeft(error);
    }
  }

  /** Handles of all objects with these attributes. */
  async find(template: readonly AttributeSlot[]): Promise<ObjectHandle[]> {
    const { native } = this.#module;
    const { layout } = native;
    const attributes = attributeTemplate(layout, template, addressOf);
    await native.call('C_FindObjectsInit', [this.#handle, attributes, template.length], { alive: [template] });
    const found: ObjectHandle[] = [];
    try {
      const handles = new NativeMemory(layout, FIND_CHUNK * layout.ulongBytes);
      const count = new NativeMemory(layout, layout.ulongBytes);
      for (;;) {
        await native.call('C_FindObjects', [this.#handle, handles, FIND_CHUNK, count]);
        const received = Math.min(Number(count.readUlong(0)), FIND_CHUNK);
        for (let index = 0; index < received; index++) found.push(handles.readUlong(index * layout.ulongBytes));
        if (received === 0) return found;
        if (found.length > MAXIMUM_OBJECTS) {
          throw new SigningError('token-refused', `the token holds more than ${MAXIMUM_OBJECTS} objects of one kind`);
        }
      }
    } finally {
      await native.invoke('C_FindObjectsFinal', [this.#handle]);
    }
  }

  /** A number as the value of an attribute. */
  ulong(value: number): Uint8Array {
    const memory = new NativeMemory(this.#module.native.layout, this.#module.native.layout.ulongBytes);
    memory.writeUlong(0, value);
    return memory.bytes;
  }

  /** The number in the value of an attribute; undefined when it is not one. */
  number(value: Uint8Array | undefined): number | undefined {
    const { layout } = this.#module.native;
    if (value?.length !== layout.ulongBytes) return undefined;
    return Number(new NativeMemory(layout, value).readUlong(0));
  }

  /** Reads attributes of an object. */
  async read(object: ObjectHandle, types: readonly number[]): Promise<Attributes> {
    const lengths = await this.#readInto(
      object,
      types.map((type) => ({ type })),
    );
    const slots = types.flatMap((type, index) => {
      const length = lengths[index];
      if (length === undefined || length > MAXIMUM_ATTRIBUTE_BYTES) return [];
      return [{ type, value: new Uint8Array(new ArrayBuffer(length)) }];
    });
    if (slots.length === 0) return new Map();
    const filled = await this.#readInto(object, slots);
    return new Map(
      slots.flatMap(({ type, value }, index) => {
        const length = filled[index];
        return length === undefined ? [] : [[type, value.subarray(0, length)] as const];
      }),
    );
  }

  /** C_GetAttributeValue: fills what has room, and returns the length of each. */
  async #readInto(object: ObjectHandle, slots: readonly AttributeSlot[]): Promise<(number | undefined)[]> {
    const { native } = this.#module;
    const template = attributeTemplate(native.layout, slots, addressOf);
    await native.call('C_GetAttributeValue', [this.#handle, object, template, slots.length], {
      alive: [slots],
      // The standard demands an answer for the other attributes also when one is sensitive or unknown.
      also: [RETURN_VALUE.CKR_ATTRIBUTE_SENSITIVE, RETURN_VALUE.CKR_ATTRIBUTE_TYPE_INVALID],
    });
    return readAttributeLengths(template, slots.length);
  }

  /** Whether the token signs with this mechanism. */
  async canSignWith(mechanism: number): Promise<boolean> {
    const known = this.#signsWith.get(mechanism);
    if (known !== undefined) return known;
    const { native } = this.#module;
    const info = MECHANISM_INFO.create(native.layout);
    const result = await native.invoke('C_GetMechanismInfo', [this.token.slot, mechanism, info]);
    if (result !== RETURN_VALUE.CKR_OK && result !== RETURN_VALUE.CKR_MECHANISM_INVALID) {
      throw new TokenError('C_GetMechanismInfo', result);
    }
    const signs = result === RETURN_VALUE.CKR_OK && (MECHANISM_INFO.flags(info) & MECHANISM_SIGNS) !== 0;
    this.#signsWith.set(mechanism, signs);
    return signs;
  }

  /** Signs `data` with the key. `pin` is given when each operation has to be authenticated. */
  async sign(request: {
    readonly key: ObjectHandle;
    readonly mechanism: number;
    readonly data: Uint8Array;
    readonly authenticate: { readonly pin: string | undefined } | undefined;
  }): Promise<Uint8Array> {
    const { native } = this.#module;
    const mechanism = mechanismWithoutParameter(native.layout, request.mechanism);
    await native.call('C_SignInit', [this.#handle, mechanism, request.key]);
    if (request.authenticate !== undefined) await this.#authenticateOperation(request.authenticate.pin);
    const signature = new Uint8Array(new ArrayBuffer(MAXIMUM_SIGNATURE_BYTES));
    const length = new NativeMemory(native.layout, native.layout.ulongBytes);
    length.writeUlong(0, signature.length);
    await native.call('C_Sign', [this.#handle, request.data, request.data.length, signature, length]);
    return signature.slice(0, Number(length.readUlong(0)));
  }

  /** Logs out if no other session needs the login, and ends the session. Does not throw: the token may be gone. */
  async close(): Promise<void> {
    const { native } = this.#module;
    if (this.#loggedIn) {
      this.#loggedIn = false;
      await this.#module.logout(this.token.slot, () => native.invoke('C_Logout', [this.#handle]));
    }
    await native.invoke('C_CloseSession', [this.#handle]);
  }
}
