// Each line of AddReg and DelReg has a root that INFs may use, and flags that go with its value ("INF AddReg Directive":
// InfVerif 1223, 1224, 1257, 1262 to 1268, 1304, 1305, 1329, 1384).
import { argumentPlace, linePlace } from '../reading/lines.ts';
import {
  APPEND,
  BINARY,
  DELETE_FROM_MULTI_STRING,
  DELETE_VALUE,
  DWORD,
  KEY_ONLY,
  keyText,
  listRegistryLines,
  MULTI_STRING,
  type RegistryLine,
  TYPE_MASK,
} from '../reading/registry.ts';
import type { FoundFault } from '../rule.ts';
import { type Fault, infRule } from '../rule.ts';

const FORBIDDEN_KEY: Fault = {
  code: 1223,
  what: 'A registry key is written that belongs to the system, such as that of devices or of services by path.',
  why: 'Windows keeps its list of devices there; the place of a key may be another one when the driver is installed.',
  remedy: 'Write under HKR, which is the key of the device or service.',
};
const OTHER_CONTROL_SET: Fault = {
  code: 1222,
  what: 'A registry key below HKLM\\SYSTEM is changed that is not in CurrentControlSet.',
  why: 'The other control sets and the keys of setup belong to the system.',
  remedy: 'Write under HKR, which is the key of the device or service.',
};
const UNKNOWN_ROOT: Fault = {
  code: 1224,
  what: 'The root of a registry line is none that exists.',
  why: 'Windows does not know where to write.',
  remedy: 'Begin the line with HKR, HKLM, HKCR, HKU or HKCU.',
};
const NO_FLAG: Fault = {
  code: 1268,
  what: 'The flags or the number of a registry line are no number of the right size.',
  why: 'Windows cannot tell type or value.',
  remedy: 'Write a decimal number, or a hexadecimal one with 0x.',
};
const BAD_BINARY: Fault = {
  code: 1267,
  what: 'A binary value is not a list of bytes.',
  why: 'Each field of it is one byte in hexadecimal digits.',
  remedy: 'Write bytes from 00 to FF, separated by commas.',
};
const APPEND_TO_OTHER: Fault = {
  code: 1265,
  what: 'Something is to be appended to a value that is no list of strings.',
  why: 'Only REG_MULTI_SZ can be appended to.',
  remedy: 'Use the flags 0x00010008, or leave the flag 8 out.',
};
const DELETE_NOTHING: Fault = {
  code: 1266,
  what: 'A string is to be deleted from a list of strings, but none is given.',
  why: 'There is nothing to look for in the list.',
  remedy: 'Give the string after the flags.',
};
const OUTSIDE: Fault = {
  code: 1304,
  what: 'A registry key outside HKR is changed.',
  why: 'It is shared by all drivers, and is missing on some editions of Windows.',
  remedy: 'Write under HKR, which is the key of the device or service.',
};
const APPENDED: Fault = {
  code: 1305,
  what: 'A list of strings is appended to, or something deleted from it.',
  why: 'The outcome depends on what else was installed, and in which order.',
  remedy: 'Set the whole value. For filters use a .Filters section.',
};
const FILTER: Fault = {
  code: 1329,
  what: 'A filter is added by a registry value.',
  why: 'Values of several INFs overwrite each other; with a .Filters section Windows puts the filters in order.',
  remedy: 'Use AddFilter in a section [Install_Section.Filters].',
};
const EXTENSION_FILTER: Fault = {
  code: 1384,
  what: 'An extension INF adds a filter by a registry value.',
  why: 'Extensions are installed in any order, so the order of filters is chance.',
  remedy: 'Use AddFilter in a section [Install_Section.Filters].',
};
const FIXED_PATH: Fault = {
  code: 1258,
  what: 'A registry value holds the path of a folder that is given by its number.',
  why: 'The path is worked out when the driver is added to an image, where the folder may be another one than later.',
  remedy: 'Use %%SystemRoot%% and what follows, with the type REG_EXPAND_SZ.',
};
const CONFLICTING_TYPE: Fault = {
  code: 1263,
  what: 'A binary value is given the type of a list of strings.',
  why: 'The bytes are not what readers of that type expect.',
  remedy: 'Use the flags 0x00010000 and give the strings.',
};
const TYPE_WITHOUT_BINARY: Fault = {
  code: 1264,
  what: 'A value has a type of its own but not the flag 1 for binary values.',
  why: 'Windows takes the type only of values that are given as bytes.',
  remedy: 'Add 1 to the flags, and give the value in bytes.',
};
const WRITTEN_PATH: Fault = {
  code: 1257,
  what: 'A registry value holds the path of the Windows folder as it is on one machine.',
  why: 'Windows may be installed elsewhere.',
  remedy: 'Use %%SystemRoot%% with the type REG_EXPAND_SZ.',
};

/** One byte of a binary value. */
const BYTE = /^\s*(?:0x)?[0-9a-f]{0,2}\s*$/iu;
/** Types whose number a binary value cannot take: REG_MULTI_SZ. */
const KNOWN_STRING_TYPE = 0x00070001;
const HIGHEST_PLAIN_TYPE = 0x00020000;
/** Folders of the system that a path in the registry should not be fixed to. */
const FIXED_FOLDER = /^"?%(?:10|11|12)%/u;
const ROOTS = new Set(['HKR', 'HKLM', 'HKCR', 'HKU', 'HKCU']);
/** Places outside HKR that universal INFs may write to. */
const SHARED_KEYS =
  /^software\\(?:classes|(?:wow6432node\\|wow3232node\\|wowaa32node\\)?microsoft\\windows media foundation)(?:\\|$)/iu;
const SYSTEM_KEYS = /^system\\currentcontrolset\\enum(?:\\|$)/iu;

export const registryLinesAreSound = infRule({
  id: 'registry-lines-are-sound',
  faults: [
    FORBIDDEN_KEY,
    OTHER_CONTROL_SET,
    UNKNOWN_ROOT,
    WRITTEN_PATH,
    FIXED_PATH,
    CONFLICTING_TYPE,
    TYPE_WITHOUT_BINARY,
    APPEND_TO_OTHER,
    DELETE_NOTHING,
    BAD_BINARY,
    NO_FLAG,
    OUTSIDE,
    APPENDED,
    FILTER,
    EXTENSION_FILTER,
  ],
  *check({ document, description }) {
    const seen = new Set<object>();
    for (const item of listRegistryLines(document)) {
      if (seen.has(item.line.entry)) continue;
      seen.add(item.line.entry);
      const { root, subkey, name, line, operation, context } = item;
      const at = linePlace(line);
      if (!ROOTS.has(root)) {
        yield { fault: UNKNOWN_ROOT, at, summary: `"${line.args[0]}" is no root of the registry.` };
        continue;
      }
      if (root === 'HKLM' && /^system\\(?!currentcontrolset(?:\\|$))/iu.test(subkey)) {
        yield { fault: OTHER_CONTROL_SET, at, summary: `${operation} changes ${keyText(item)}.` };
      } else if (root === 'HKLM' && SYSTEM_KEYS.test(subkey)) {
        yield {
          fault: FORBIDDEN_KEY,
          at,
          summary: `${operation} changes ${keyText(item)}, which belongs to the system.`,
        };
      }
      if (root !== 'HKR' && root !== 'HKCR' && !(root === 'HKLM' && SHARED_KEYS.test(subkey))) {
        yield { fault: OUTSIDE, at, summary: `${operation} changes ${keyText(item)}, which is outside HKR.` };
      }
      if (context === 'device' && subkey === '' && /^(?:upper|lower)filters$/iu.test(name) && operation === 'AddReg') {
        const fault = description.isExtension ? EXTENSION_FILTER : FILTER;
        yield { fault, at, summary: `AddReg sets ${name} of the device.` };
        if (description.isExtension) yield { fault: FILTER, at, summary: `AddReg sets ${name} of the device.` };
      }
      yield* checkValue(item);
    }
  },
});

function* checkValue(item: RegistryLine): Iterable<FoundFault> {
  const { flags, values, name, line, operation } = item;
  const at = argumentPlace(line, 3);
  if (flags === undefined) {
    yield { fault: NO_FLAG, at, summary: `The flags of "${name}" are "${line.args[3]}".` };
    return;
  }
  if (operation === 'DelReg') {
    if (flags !== DELETE_FROM_MULTI_STRING) return;
    yield { fault: APPENDED, at, summary: `DelReg takes a string out of "${name}".` };
    if (values.every((value) => value === '')) {
      yield { fault: DELETE_NOTHING, at, summary: `DelReg names no string to take out of "${name}".` };
    }
    return;
  }
  if ((flags & (KEY_ONLY | DELETE_VALUE)) !== 0) return;
  const type = (flags & TYPE_MASK) >>> 0;
  if (type === KNOWN_STRING_TYPE) {
    yield { fault: CONFLICTING_TYPE, at, summary: `"${name}" is binary but has the flags ${line.args[3]}.` };
  } else if (type > HIGHEST_PLAIN_TYPE && (type & BINARY) === 0) {
    yield { fault: TYPE_WITHOUT_BINARY, at, summary: `"${name}" has the flags ${line.args[3]}.` };
  } else if ((type & BINARY) === 0 && values.some((value) => FIXED_FOLDER.test(value))) {
    yield { fault: FIXED_PATH, at: argumentPlace(line, 4), summary: `The value of "${name}" is "${values[0]}".` };
  }
  if ((flags & APPEND) !== 0) {
    const fault = type === MULTI_STRING ? APPENDED : APPEND_TO_OTHER;
    yield { fault, at, summary: `AddReg appends to "${name}".` };
  } else if (type === DWORD && values.length <= 1) {
    const value = values[0] ?? '';
    if (!isDword(value)) {
      yield { fault: NO_FLAG, at: argumentPlace(line, 4), summary: `The number of "${name}" is "${value}".` };
    }
  } else if ((type === BINARY || type === DWORD) && values.some((value) => !BYTE.test(value))) {
    const bad = values.find((value) => !BYTE.test(value));
    yield { fault: BAD_BINARY, at: argumentPlace(line, 4), summary: `"${bad}" in the value of "${name}" is no byte.` };
  } else if ((type & BINARY) === 0 && values.some((value) => /^"?[a-z]:\\(?:windows|winnt)(?:\\|$)/iu.test(value))) {
    yield { fault: WRITTEN_PATH, at: argumentPlace(line, 4), summary: `The value of "${name}" is "${values[0]}".` };
  }
}

function isDword(text: string): boolean {
  const value = text.trim();
  return value === '' || /^(?:0x[0-9a-f]{1,8}|-?\d{1,10})$/iu.test(value);
}
