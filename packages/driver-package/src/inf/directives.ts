// The directives of sections: a key and its arguments. One table says what the arguments of each are ("Summary of INF
// Directives", "Summary of INF Sections").
import { expandField, findSection, type InfDocument, type InfEntry, type InfSection } from './document.ts';
import type { InfField } from './tokenizer.ts';

export interface Directive {
  /** As written, without quotes. */
  readonly name: string;
  readonly args: readonly InfField[];
  /** Place of the key; both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly entry: InfEntry;
}

/** What an argument is: `section` names a section of this INF, `files` a file list section or `@` and a file. */
export type ArgumentKind = 'text' | 'number' | 'section' | 'files' | 'file';

export interface DirectiveForm {
  readonly name: string;
  readonly args: readonly (readonly [name: string, kind: ArgumentKind])[];
  /** Whether more arguments of the last kind may follow. */
  readonly repeats?: boolean;
}

const SECTIONS = { args: [['section', 'section']], repeats: true } as const;
const FILE_LISTS = { args: [['files', 'files']], repeats: true } as const;

/** Directives whose arguments name something else in the INF, or have a place of their own. */
export const DIRECTIVES: readonly DirectiveForm[] = [
  { name: 'AddReg', ...SECTIONS },
  { name: 'DelReg', ...SECTIONS },
  { name: 'BitReg', ...SECTIONS },
  { name: 'AddProperty', ...SECTIONS },
  { name: 'DelProperty', ...SECTIONS },
  { name: 'CopyFiles', ...FILE_LISTS },
  { name: 'DelFiles', ...FILE_LISTS },
  { name: 'RenFiles', ...SECTIONS },
  { name: 'CopyINF', args: [['file', 'file']], repeats: true },
  { name: 'Include', args: [['file', 'file']], repeats: true },
  // The sections may be those of an included INF, see install-sections.ts.
  { name: 'Needs', args: [['section', 'text']], repeats: true },
  { name: 'LogConfig', ...SECTIONS },
  { name: 'LogConfigOverride', ...SECTIONS },
  { name: 'ProfileItems', ...SECTIONS },
  { name: 'RegisterDlls', ...SECTIONS },
  { name: 'UnregisterDlls', ...SECTIONS },
  { name: 'UpdateInis', ...SECTIONS },
  { name: 'UpdateIniFields', ...SECTIONS },
  { name: 'Ini2Reg', ...SECTIONS },
  {
    name: 'WMIInterface',
    args: [
      ['guid', 'text'],
      ['flags', 'number'],
      ['section', 'section'],
    ],
  },
  {
    name: 'AddService',
    args: [
      ['name', 'text'],
      ['flags', 'number'],
      ['section', 'section'],
      ['eventLogSection', 'section'],
      ['eventLogType', 'text'],
      ['eventName', 'text'],
    ],
  },
  {
    name: 'DelService',
    args: [
      ['name', 'text'],
      ['flags', 'number'],
      ['eventLogType', 'text'],
      ['eventName', 'text'],
    ],
  },
  {
    name: 'AddInterface',
    args: [
      ['guid', 'text'],
      ['reference', 'text'],
      ['section', 'section'],
      ['flags', 'number'],
    ],
  },
  {
    name: 'AddFilter',
    args: [
      ['name', 'text'],
      ['flags', 'number'],
      ['section', 'section'],
    ],
  },
  {
    name: 'AddComponent',
    args: [
      ['name', 'text'],
      ['flags', 'number'],
      ['section', 'section'],
    ],
  },
  {
    name: 'AddSoftware',
    args: [
      ['name', 'text'],
      ['flags', 'number'],
      ['section', 'section'],
    ],
  },
  {
    name: 'AddEventProvider',
    args: [
      ['guid', 'text'],
      ['section', 'section'],
    ],
  },
  {
    name: 'AddComServer',
    args: [
      ['name', 'text'],
      ['flags', 'number'],
      ['section', 'section'],
    ],
  },
  {
    name: 'AddComClass',
    args: [
      ['guid', 'text'],
      ['flags', 'number'],
      ['section', 'section'],
    ],
  },
  { name: 'AddPowerSetting', ...SECTIONS },
  { name: 'AddTrigger', ...SECTIONS },
  {
    name: 'UmdfService',
    args: [
      ['name', 'text'],
      ['section', 'section'],
    ],
  },
  {
    name: 'KmdfService',
    args: [
      ['name', 'text'],
      ['section', 'section'],
    ],
  },
];

const FORMS: ReadonlyMap<string, DirectiveForm> = new Map(DIRECTIVES.map((form) => [form.name.toLowerCase(), form]));

/** The entries of a section that have a key, in their order. */
export function directives(section: InfSection): Directive[] {
  return section.entries.flatMap((entry) =>
    entry.key === undefined
      ? []
      : [{ name: entry.key.text, args: entry.fields, line: entry.key.line, column: entry.key.column, entry }],
  );
}

/** Those of a section with one of these names, whatever their case. */
export function findDirectives(section: InfSection | undefined, ...names: readonly string[]): Directive[] {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return section === undefined ? [] : directives(section).filter(({ name }) => wanted.has(name.toLowerCase()));
}

/** What the table says of a directive; undefined for one that it does not know. */
export function directiveForm(name: string): DirectiveForm | undefined {
  return FORMS.get(name.toLowerCase());
}

/**
 * The arguments by their names in the table, tokens replaced; those that are left out are absent. Empty for a directive
 * that the table does not know. Of arguments that repeat, the first is given.
 */
export function namedArguments(document: InfDocument, directive: Directive): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [index, [name]] of (directiveForm(directive.name)?.args ?? []).entries()) {
    const field = directive.args[index];
    const value = field === undefined ? '' : expandField(document, field);
    if (value !== '') values.set(name, value);
  }
  return values;
}

export interface SectionReference {
  /** The name that is asked for, tokens replaced. */
  readonly name: string;
  /** Undefined when the INF has no such section. */
  readonly section: InfSection | undefined;
  readonly field: InfField;
  readonly directive: Directive;
}

/** The sections of this INF that a directive names. A file after `@` is none. */
export function sectionReferences(document: InfDocument, directive: Directive): SectionReference[] {
  const form = directiveForm(directive.name);
  if (form === undefined) return [];
  return directive.args.flatMap((field, index) => {
    const kind = form.args[index]?.[1] ?? (form.repeats === true ? form.args.at(-1)?.[1] : undefined);
    if (kind !== 'section' && kind !== 'files') return [];
    const name = expandField(document, field);
    if (name === '' || (kind === 'files' && name.startsWith('@'))) return [];
    return [{ name, section: findSection(document, name), field, directive }];
  });
}
