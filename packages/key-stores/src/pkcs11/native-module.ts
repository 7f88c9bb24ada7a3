// A PKCS#11 module in this process: its functions, called on other threads so that the event loop goes on.
import { endianness } from 'node:os';
import { resolve } from 'node:path';
import { SigningError } from '@assay/authenticode';
import koffi from 'koffi';
import { TaskQueue } from '../task-queue.ts';
import { RETURN_VALUE } from './constants.ts';
import { FUNCTIONS, type FunctionName, functionListLayout, type NativeLayout, NativeMemory } from './native-layout.ts';
import { TokenError } from './token-error.ts';

/** Native code of modules is not made for small stacks: some keep certificates and big numbers on them. */
const STACK_BYTES = 1024 * 1024;

try {
  koffi.config({ ...koffi.config(), async_stack_size: STACK_BYTES });
} catch {
  // Somebody else in this process has loaded a library already, after which the size is fixed; most modules are content with it.
}

const PARAMETER_TYPES = { ulong: 'unsigned long', bool: 'uint8_t', pointer: 'void *' } as const;

/** What native code is given: a number, the address of memory, or no address. */
export type NativeArgument = number | bigint | NativeMemory | Uint8Array | null;

type NativeFunction = ReturnType<ReturnType<typeof koffi.load>['func']>;

export interface NativeModule {
  readonly layout: NativeLayout;
  /** Calls a function and returns its CK_RV. `alive` is memory to which the arguments point. */
  invoke(name: FunctionName, args: readonly NativeArgument[], alive?: readonly unknown[]): Promise<number>;
  /** Like `invoke`; throws TokenError for anything but CKR_OK and the values that are `also` good. Returns the value. */
  call(
    name: FunctionName,
    args: readonly NativeArgument[],
    options?: { readonly alive?: readonly unknown[]; readonly also?: readonly number[] },
  ): Promise<number>;
  /** From now on, only one call runs at a time, because the module cannot lock. */
  callOneByOne(): void;
}

function platformLayout(): NativeLayout {
  return {
    ulongBytes: koffi.sizeof('unsigned long') === 4 ? 4 : 8,
    pointerBytes: koffi.sizeof('void *') === 4 ? 4 : 8,
    packed: process.platform === 'win32',
    littleEndian: endianness() === 'LE',
  };
}

export function addressOf(bytes: Uint8Array): bigint {
  return koffi.address(bytes);
}

function notLoaded(path: string, why: string, cause?: unknown): SigningError {
  return new SigningError(
    'module-not-loaded',
    `the PKCS#11 module '${path}' cannot be loaded: ${why}; check the path, and that the module is made for this system (${process.platform} ${process.arch})`,
    { cause },
  );
}

/** A library that nobody holds would be unloaded, while functions at its addresses are still called. */
const libraries = new Set<ReturnType<typeof koffi.load>>();

function loadFunctions(path: string, layout: NativeLayout): Map<FunctionName, NativeFunction> {
  // A name without a folder is looked for where the system looks for libraries.
  const library = koffi.load(/[/\\]/.test(path) ? resolve(path) : path);
  libraries.add(library);
  const getFunctionList = library.func('C_GetFunctionList', 'unsigned long', ['void *']);
  const pointer = new NativeMemory(layout, layout.pointerBytes);
  const returned: unknown = getFunctionList(pointer.bytes);
  const address = pointer.readPointer(0);
  if (returned !== RETURN_VALUE.CKR_OK || address === 0n) throw new Error('it does not hand out its functions');

  const { offsetOf, size } = functionListLayout(layout);
  const list = new NativeMemory(layout, new Uint8Array(koffi.view(address, size)));
  const functions = new Map<FunctionName, NativeFunction>();
  for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
    const place = list.readPointer(offsetOf(name));
    if (place === 0n) throw new Error(`it has no ${name}`);
    const parameters = FUNCTIONS[name].parameters.map((parameter) => PARAMETER_TYPES[parameter]);
    functions.set(name, koffi.decode(place, koffi.proto('unsigned long', parameters)));
  }
  return functions;
}

/** Loads the module at `path`. Throws SigningError `module-not-loaded`. */
export function loadNativeModule(path: string): NativeModule {
  const layout = platformLayout();
  let functions: Map<FunctionName, NativeFunction>;
  try {
    functions = loadFunctions(path, layout);
  } catch (cause) {
    throw notLoaded(path, cause instanceof Error ? cause.message : String(cause), cause);
  }

  /** Memory in use by native code, so that the garbage collector leaves it alone. */
  const inUse = new Set<readonly unknown[]>();
  let queue: TaskQueue | undefined;

  const invokeNow = (name: FunctionName, args: readonly NativeArgument[], alive: readonly unknown[]): Promise<number> =>
    new Promise((fulfil, reject) => {
      const held = [...args, ...alive];
      inUse.add(held);
      const finish = (error: unknown, value: unknown): void => {
        inUse.delete(held);
        if (error) reject(error);
        else fulfil(Number(value));
      };
      const plain = args.map((argument) => (argument instanceof NativeMemory ? argument.bytes : argument));
      try {
        functions.get(name)?.async(...plain, finish);
      } catch (error) {
        finish(error, undefined);
      }
    });

  const invoke: NativeModule['invoke'] = (name, args, alive = []) =>
    queue === undefined ? invokeNow(name, args, alive) : queue.run(() => invokeNow(name, args, alive));

  return {
    layout,
    invoke,
    async call(name, args, { alive = [], also = [] } = {}) {
      const value = await invoke(name, args, alive);
      if (value !== RETURN_VALUE.CKR_OK && !also.includes(value)) throw new TokenError(name, value);
      return value;
    },
    callOneByOne() {
      queue ??= new TaskQueue();
    },
  };
}
