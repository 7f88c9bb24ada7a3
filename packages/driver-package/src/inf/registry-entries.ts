// The lines of the sections that AddReg, DelReg and BitReg name ("INF AddReg Directive", "INF DelReg Directive",
// "INF BitReg Directive").
import { expandField, type InfDocument, type InfEntry, type InfSection, spendLines } from './document.ts';
import { parseInfNumber } from './numbers.ts';
import type { InfField } from './tokenizer.ts';

export type RegistryType =
  | 'REG_SZ'
  | 'REG_EXPAND_SZ'
  | 'REG_MULTI_SZ'
  | 'REG_BINARY'
  | 'REG_DWORD'
  | 'REG_QWORD'
  | 'REG_NONE';

/** Bits of the flags of AddReg (FLG_ADDREG_*). */
export const ADDREG_FLAGS = {
  binaryValueType: 0x1,
  noClobber: 0x2,
  deleteValue: 0x4,
  append: 0x8,
  keyOnly: 0x10,
  overwriteOnly: 0x20,
  in64BitView: 0x1000,
  keyOnlyCommon: 0x2000,
  in32BitView: 0x4000,
  deleteBit: 0x8000,
} as const;

/** The bits that say the type, and the types. */
const TYPE_MASK = 0xffff_0001;
const TYPES: ReadonlyMap<number, RegistryType> = new Map([
  [0x0000_0000, 'REG_SZ'],
  [0x0000_0001, 'REG_BINARY'],
  [0x0001_0000, 'REG_MULTI_SZ'],
  [0x0001_0001, 'REG_DWORD'],
  [0x0002_0000, 'REG_EXPAND_SZ'],
  [0x0002_0001, 'REG_NONE'],
  [0x000b_0001, 'REG_QWORD'],
]);

export interface RegistryEntry {
  /** Upper-case: HKR, HKLM, HKCR, HKCU, HKU … */
  readonly root: string;
  /** Without a backslash at its ends. */
  readonly subkey: string;
  /** Empty for the default value of the key. */
  readonly valueName: string;
  /** 0 when left out; undefined when what stands there is no number. */
  readonly flags: number | undefined;
  /** Undefined for flags that name no type, and where the line is about a key only. */
  readonly type: RegistryType | undefined;
  /** The values as written, tokens replaced: bytes and numbers are not read. */
  readonly values: readonly string[];
  /** Root, subkey, value name, flags, values, with their places. */
  readonly fields: readonly InfField[];
  readonly entry: InfEntry;
}

/** The lines `root[,[subkey][,[value name][,[flags][,value…]]]]` of a section, in its order. */
export function listRegistryEntries(document: InfDocument, section: InfSection): RegistryEntry[] {
  spendLines(document, section);
  return section.entries.flatMap((entry) => {
    // A line with an equals sign outside quotes is no such line.
    if (entry.key !== undefined) return [];
    const [root = '', subkey = '', valueName = '', flagsText = '', ...values] = entry.fields.map((field) =>
      expandField(document, field),
    );
    const flags = parseInfNumber(flagsText, 0);
    const isKeyOnly = flags !== undefined && (flags & (ADDREG_FLAGS.keyOnly | ADDREG_FLAGS.keyOnlyCommon)) !== 0;
    return [
      {
        root: root.toUpperCase(),
        subkey: trimBackslashes(subkey),
        valueName,
        flags,
        type: flags === undefined || isKeyOnly ? undefined : TYPES.get((flags & TYPE_MASK) >>> 0),
        values,
        fields: entry.fields,
        entry,
      },
    ];
  });
}

function trimBackslashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === '\\') start += 1;
  while (end > start && text[end - 1] === '\\') end -= 1;
  return text.slice(start, end);
}
