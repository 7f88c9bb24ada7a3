// PKCS#11 modules that are in use: each is initialized once in a process and finalized when its last user has gone.
import { realpathSync } from 'node:fs';
import { TaskQueue } from '../task-queue.ts';
import { OS_LOCKING_OK, RETURN_VALUE, TOKEN_FLAG } from './constants.ts';
import { initializeArguments, NativeMemory, newTokenInfo, readTokenInfo, type TokenInfo } from './native-layout.ts';
import { loadNativeModule, type NativeModule } from './native-module.ts';
import { TokenError } from './token-error.ts';

export interface Token extends TokenInfo {
  readonly slot: bigint;
}

/** A slot list this long is a mistake of the module. */
const MAXIMUM_SLOTS = 10_000;

export class Pkcs11Module {
  readonly native: NativeModule;
  /** Logins, logouts and (re)starts of this module, one after another. */
  readonly queue = new TaskQueue();
  /** How many open sessions of ours rely on the login to a slot. */
  readonly #logins = new Map<bigint, number>();
  #users = 0;
  #initializedHere = false;

  constructor(path: string) {
    this.native = loadNativeModule(path);
  }

  /** Counts a user of the module, and initializes it for the first. */
  acquire(): Promise<void> {
    return this.queue.run(async () => {
      if (this.#users === 0) await this.#initialize();
      this.#users += 1;
    });
  }

  /** Counts a user less; the last one finalizes the module, unless others than we initialized it. */
  release(): Promise<void> {
    return this.queue.run(async () => {
      this.#users -= 1;
      if (this.#users > 0 || !this.#initializedHere) return;
      this.#initializedHere = false;
      this.#logins.clear();
      await this.native.invoke('C_Finalize', [null]);
    });
  }

  /** Initializes the module again if somebody else in this process finalized it. */
  revive(): Promise<void> {
    return this.queue.run(() => this.#initialize());
  }

  async #initialize(): Promise<void> {
    const { CKR_OK, CKR_CANT_LOCK, CKR_NEED_TO_CREATE_THREADS, CKR_CRYPTOKI_ALREADY_INITIALIZED } = RETURN_VALUE;
    let result = await this.native.invoke('C_Initialize', [initializeArguments(this.native.layout, OS_LOCKING_OK)]);
    if (result === CKR_CANT_LOCK || result === CKR_NEED_TO_CREATE_THREADS) {
      this.native.callOneByOne();
      result = await this.native.invoke('C_Initialize', [null]);
    }
    if (result === CKR_OK) this.#initializedHere = true;
    else if (result !== CKR_CRYPTOKI_ALREADY_INITIALIZED) throw new TokenError('C_Initialize', result);
  }

  /** The initialized tokens that are present. */
  async listTokens(): Promise<Token[]> {
    const { layout } = this.native;
    const tokens: Token[] = [];
    for (const slot of await this.#listSlots()) {
      const info = newTokenInfo(layout);
      // A token that is pulled out meanwhile, or is of a kind that the module does not know, is not there.
      if ((await this.native.invoke('C_GetTokenInfo', [slot, info])) !== RETURN_VALUE.CKR_OK) continue;
      const token = { slot, ...readTokenInfo(info) };
      if ((token.flags & TOKEN_FLAG.initialized) !== 0) tokens.push(token);
    }
    return tokens;
  }

  async #listSlots(): Promise<bigint[]> {
    const { layout } = this.native;
    const count = new NativeMemory(layout, layout.ulongBytes);
    // Asking for the count first also makes modules look for tokens that were inserted since.
    await this.native.call('C_GetSlotList', [1, null, count]);
    const slots = Math.min(Number(count.readUlong(0)), MAXIMUM_SLOTS);
    if (slots === 0) return [];
    const list = new NativeMemory(layout, slots * layout.ulongBytes);
    count.writeUlong(0, slots);
    await this.native.call('C_GetSlotList', [1, list, count]);
    const present = Math.min(Number(count.readUlong(0)), slots);
    return Array.from({ length: present }, (_, index) => list.readUlong(index * layout.ulongBytes));
  }

  /** Runs `login`, which logs in to the slot unless somebody already did, and counts it. */
  login(slot: bigint, login: () => Promise<void>): Promise<void> {
    return this.queue.run(async () => {
      await login();
      this.#logins.set(slot, (this.#logins.get(slot) ?? 0) + 1);
    });
  }

  /** Counts a login less, and runs `logout` when it was the last: a login holds for all sessions of a process. */
  logout(slot: bigint, logout: () => Promise<unknown>): Promise<void> {
    return this.queue.run(async () => {
      const left = (this.#logins.get(slot) ?? 0) - 1;
      if (left > 0) {
        this.#logins.set(slot, left);
        return;
      }
      this.#logins.delete(slot);
      // Whoever initialized the module before us may rely on the login as well.
      if (this.#initializedHere) await logout();
    });
  }
}

/** Modules stay loaded: many do not survive being unloaded. */
const loaded = new Map<string, Pkcs11Module>();

function identityOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The module at `path`, initialized; `release` it in the end. Throws SigningError `module-not-loaded` or `token-refused`. */
export async function acquireModule(path: string): Promise<Pkcs11Module> {
  const identity = identityOf(path);
  let module = loaded.get(identity);
  if (module === undefined) {
    module = new Pkcs11Module(path);
    loaded.set(identity, module);
  }
  await module.acquire();
  return module;
}
