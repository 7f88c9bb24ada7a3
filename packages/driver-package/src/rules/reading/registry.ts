// What an INF writes to and takes out of the registry: the lines that AddReg and DelReg name, read ("INF AddReg
// Directive", "INF DelReg Directive").
import type { InfDocument } from '../../inf/index.ts';
import { type InfTextLine, listDirectives, type ReferencedLine, readNumber, referencedLines } from './lines.ts';

/** Flags of an AddReg line. The upper half of the number names the type where it is not one of these. */
export const BINARY = 0x1;
export const NO_CLOBBER = 0x2;
export const DELETE_VALUE = 0x4;
export const APPEND = 0x8;
export const KEY_ONLY = 0x10;
export const MULTI_STRING = 0x00010000;
export const EXPAND_STRING = 0x00020000;
export const DWORD = 0x00010001;
export const DELETE_FROM_MULTI_STRING = 0x00018002;
/** The bits that say what type a value has. */
export const TYPE_MASK = 0xffff0001;

/** What HKR stands for where the line is used. */
export type RegistryContext = 'device' | 'service' | 'interface' | 'class' | 'other';

export interface RegistryLine extends ReferencedLine {
  readonly operation: 'AddReg' | 'DelReg';
  /** Upper case: HKR, HKLM, …; as written when it is none of them. */
  readonly root: string;
  /** Without backslashes at its ends. */
  readonly subkey: string;
  readonly name: string;
  /** Undefined when the flags are no number; 0 when there are none. */
  readonly flags: number | undefined;
  readonly values: readonly string[];
  readonly context: RegistryContext;
}

const CACHE = new WeakMap<InfDocument, RegistryLine[]>();

/** Every line of the sections that AddReg and DelReg name, once for each use of the section. */
export function listRegistryLines(document: InfDocument): readonly RegistryLine[] {
  const known = CACHE.get(document);
  if (known !== undefined) return known;
  const serviceSections = new Set(
    listDirectives(document, 'AddService').flatMap(({ args }) => (args[2] ? [args[2].toLowerCase()] : [])),
  );
  const interfaceSections = new Set(
    listDirectives(document, 'AddInterface').flatMap(({ args }) => (args[2] ? [args[2].toLowerCase()] : [])),
  );
  const contextOf = ({ section }: InfTextLine): RegistryContext => {
    const name = section.name.toLowerCase();
    const plain = name.replace(/\.nt[^.]*$/u, '');
    if (serviceSections.has(name) || serviceSections.has(plain)) return 'service';
    if (interfaceSections.has(name) || interfaceSections.has(plain)) return 'interface';
    if (/^(?:classinstall32|interfaceinstall32)(?:\.|$)/u.test(name)) return 'class';
    return /\.(?:events|software|components|filters|wmi|com)$/u.test(name) ? 'other' : 'device';
  };
  const lines = (['AddReg', 'DelReg'] as const).flatMap((operation) =>
    referencedLines(document, operation)
      .filter(({ line }) => line.key === '')
      .map(({ line, from }): RegistryLine => {
        const [root = '', subkey = '', name = '', flags, ...values] = line.args;
        return {
          line,
          from,
          operation,
          root: root.toUpperCase(),
          subkey: subkey.replace(/^\\+|\\+$/gu, ''),
          name,
          flags: readNumber(flags),
          values,
          context: contextOf(from),
        };
      }),
  );
  CACHE.set(document, lines);
  return lines;
}

/** The registry key as people write it. */
export function keyText({ root, subkey }: RegistryLine): string {
  return subkey === '' ? root : `${root}\\${subkey}`;
}
