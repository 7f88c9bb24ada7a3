// What an INF installs: the DDInstall sections that models lead to, [DefaultInstall], [DefaultUninstall],
// [ClassInstall32] and [InterfaceInstall32], each in the form that Windows picks, with its sub-sections and with what Include and Needs bring
// ("INF DDInstall Section", "INF DefaultInstall Section", "INF ClassInstall32 Section", "INF InterfaceInstall32 Section").
import { InfError } from '../errors.ts';
import { ARCHITECTURES, type Architecture, type OsVersion, parseDecoration } from './decoration.ts';
import {
  type Directive,
  directiveForm,
  directives,
  findDirectives,
  type SectionReference,
  sectionReferences,
} from './directives.ts';
import { expandField, findSection, type InfDocument, type InfSection, spendLines } from './document.ts';
import { type InfModel, listModels } from './models.ts';
import type { InfField } from './tokenizer.ts';

/** What Needs asks for. */
export interface NeededSection {
  readonly name: string;
  readonly field: InfField;
  /** Undefined when the INF has no such section: then it is one of an included INF, or missing. */
  readonly section: InfSection | undefined;
  /** Whether it is not here and another INF is included that may have it. */
  readonly foreign: boolean;
}

export interface InstallContent {
  /** Undefined when a model names a section that the INF does not have. */
  readonly section: InfSection | undefined;
  /** INFs that Include names, tokens replaced. */
  readonly includes: readonly { readonly name: string; readonly field: InfField }[];
  readonly needs: readonly NeededSection[];
  /** The section and, behind it, those of this INF that it needs, each once. */
  readonly sections: readonly InfSection[];
}

export interface InstallSubsection extends InstallContent {
  /** What follows the name of the install section, as written: `Services`, `HW`, `CoInstallers`, `Remove.Services` … */
  readonly suffix: string;
  readonly section: InfSection;
}

export interface InstallSection extends InstallContent {
  readonly kind: 'device' | 'default' | 'uninstall' | 'class' | 'interface';
  /** The name that Windows picks, such as `Gizmo_Install.NTamd64`. */
  readonly name: string;
  /** Without decoration, as models name it. */
  readonly baseName: string;
  /** `NTamd64`, `NT`, `NTamd64.10.0...25952`, or undefined for the plain section. */
  readonly decoration: string | undefined;
  /** The first version of Windows that picks this form, when its decoration names one. */
  readonly minimumVersion: OsVersion | undefined;
  /** Those for which Windows picks this form. Holds every one for an unstamped INF. */
  readonly architectures: readonly Architecture[];
  /** The devices that lead here. */
  readonly models: readonly InfModel[];
  /** The other forms of the same section in this INF: used on other architectures, or never. */
  readonly otherForms: readonly InfSection[];
  readonly subsections: readonly InstallSubsection[];
}

/** Suffixes of sub-sections that Windows knows. Wdf is that of KMDF and UMDF drivers. */
export const SUBSECTION_SUFFIXES: readonly string[] = [
  'Services',
  'HW',
  'CoInstallers',
  'FactDef',
  'LogConfigOverride',
  'Interfaces',
  'Wdf',
  'WMI',
  'Events',
  'Components',
  'Software',
  'Filters',
  'COM',
  'Profiles',
  'Remove',
  'PosDup',
  'PowerSettings',
  'GeneratedFiles',
  'Uninstall',
];

/** Most sections that models lead to and that Include and Needs bring in, over the whole INF. */
const MOST_FOLLOWED = 1_000_000;

interface Form {
  readonly section: InfSection;
  readonly decoration: string | undefined;
  /** Undefined for all of them; `$ARCH$` for the one that the driver is built for. */
  readonly architecture: Architecture | '$ARCH$' | undefined;
  readonly minimumVersion: OsVersion | undefined;
}

/** The forms of sections by the lower-case name without decoration. */
type Forms = ReadonlyMap<string, readonly Form[]>;

interface Reach {
  readonly kind: InstallSection['kind'];
  readonly baseName: string;
  readonly form: Form | undefined;
  readonly architectures: Set<Architecture>;
  readonly models: Set<InfModel>;
}

const NAMED_SECTIONS = [
  ['default', 'DefaultInstall'],
  ['uninstall', 'DefaultUninstall'],
  ['class', 'ClassInstall32'],
] as const;

/**
 * Every install section, in the order in which the INF leads to it, each in the forms that Windows picks for an
 * architecture: the first that exists of decorated with it, with NT, plain, and each that is for newer versions. Throws
 * InfError when models, Include or Needs make it too large.
 */
export function listInstallSections(document: InfDocument): InstallSection[] {
  const forms = groupForms(document);
  const reached = new Map<string, Reach>();
  const reach = (
    kind: Reach['kind'],
    baseName: string,
    architecture: Architecture | '$ARCH$',
    model?: InfModel,
  ): void => {
    const picked = pickForms(forms.get(baseName.toLowerCase()) ?? [], architecture);
    // A model that leads to a section which is not there is still a finding of what should be there.
    for (const form of picked.length === 0 && (kind === 'device' || kind === 'interface') ? [undefined] : picked) {
      const key = `${kind}:${(form?.section.name ?? baseName).toLowerCase()}`;
      const found = reached.get(key) ?? { kind, baseName, form, architectures: new Set(), models: new Set() };
      for (const each of architecture === '$ARCH$' ? ARCHITECTURES : [architecture]) found.architectures.add(each);
      if (model !== undefined) found.models.add(model);
      reached.set(key, found);
    }
  };

  let followed = 0;
  for (const model of listModels(document)) {
    followed += forms.get(model.installSection.toLowerCase())?.length ?? 0;
    if (followed > MOST_FOLLOWED) {
      throw new InfError('too-many-forms', `models lead to more than ${MOST_FOLLOWED} install sections`, model.line);
    }
    if (model.installSection === '') continue;
    reach('device', model.installSection, model.isUnstamped === true ? '$ARCH$' : model.architecture, model);
  }
  for (const [kind, baseName] of NAMED_SECTIONS) {
    for (const architecture of ARCHITECTURES) reach(kind, baseName, architecture);
    if (forms.get(baseName.toLowerCase())?.some((form) => form.architecture === '$ARCH$')) {
      reach(kind, baseName, '$ARCH$');
    }
  }
  for (const { section } of forms.get('interfaceinstall32') ?? []) {
    for (const { args } of directives(section)) {
      const baseName = args[0] === undefined ? '' : expandField(document, args[0]);
      for (const architecture of baseName === '' ? [] : ARCHITECTURES) reach('interface', baseName, architecture);
    }
  }

  const subsections = groupSubsections(document);
  const following: Following = { asked: new Map(), remaining: MOST_FOLLOWED };
  return [...reached.values()].map(({ kind, baseName, form, architectures, models }) => {
    const section = form?.section;
    const name = section?.name ?? baseName;
    return {
      kind,
      name,
      baseName,
      decoration: form?.decoration,
      minimumVersion: form?.minimumVersion,
      architectures: [...architectures],
      models: [...models],
      otherForms: (forms.get(baseName.toLowerCase()) ?? [])
        .map((other) => other.section)
        .filter((other) => other !== section),
      ...readContent(document, section, following),
      subsections: (subsections.get(name.toLowerCase()) ?? []).map(({ suffix, section: subsection }) => ({
        suffix,
        ...readContent(document, subsection, following),
        section: subsection,
      })),
    };
  });
}

/** The forms that Windows picks on an architecture: one of those without a version, and those for newer versions. */
function pickForms(forms: readonly Form[], architecture: Architecture | '$ARCH$'): Form[] {
  const first = [architecture, undefined]
    .map((wanted) =>
      forms.find((form) => form.decoration !== undefined && isPlainForm(form) && form.architecture === wanted),
    )
    .find((form) => form !== undefined);
  const versioned = forms.filter(
    (form) => !isPlainForm(form) && (form.architecture === undefined || form.architecture === architecture),
  );
  return [first ?? forms.find((form) => form.decoration === undefined), ...versioned].filter(
    (form) => form !== undefined,
  );
}

function isPlainForm({ minimumVersion }: Form): boolean {
  return minimumVersion === undefined;
}

/** Every section, under its own name and, when that ends with a decoration, under the name before it. */
function groupForms(document: InfDocument): Forms {
  const groups = new Map<string, Form[]>();
  const add = (baseName: string, form: Form): void => {
    const group = groups.get(baseName.toLowerCase());
    if (group) group.push(form);
    else groups.set(baseName.toLowerCase(), [form]);
  };
  for (const section of document.sections.values()) {
    add(section.name, { section, decoration: undefined, architecture: undefined, minimumVersion: undefined });
    const tail = section.name.slice(-LONGEST_DECORATION);
    const before = section.name.length - tail.length;
    for (const { index } of tail.matchAll(/\.nt/giu)) {
      const decoration = tail.slice(index + 1);
      const parsed = parseDecoration(decoration.replace('$ARCH$', ''));
      if (parsed === undefined) continue;
      const architecture = decoration.includes('$ARCH$') ? '$ARCH$' : parsed.architecture;
      add(section.name.slice(0, before + index), {
        section,
        decoration,
        architecture,
        minimumVersion: parsed.minimumVersion,
      });
      break;
    }
  }
  return groups;
}

/** Longer than any decoration with all its parts. */
const LONGEST_DECORATION = 80;

/** Sections by what stands before a known suffix, lower-case. */
function groupSubsections(document: InfDocument) {
  const known = new Set(SUBSECTION_SUFFIXES.map((suffix) => suffix.toLowerCase()));
  const groups = new Map<string, { suffix: string; section: InfSection }[]>();
  for (const section of document.sections.values()) {
    const parts = section.name.split('.', MOST_NAME_PARTS);
    if (parts.length === MOST_NAME_PARTS) continue;
    for (let index = parts.length - 1; index > 0 && known.has((parts[index] ?? '').toLowerCase()); index -= 1) {
      const owner = parts.slice(0, index).join('.').toLowerCase();
      const suffix = parts.slice(index).join('.');
      const group = groups.get(owner);
      if (group) group.push({ suffix, section });
      else groups.set(owner, [{ suffix, section }]);
    }
  }
  return groups;
}

/** Real names have fewer parts between dots. */
const MOST_NAME_PARTS = 32;

interface Asked {
  readonly includes: readonly { readonly name: string; readonly field: InfField }[];
  readonly needs: readonly { readonly name: string; readonly field: InfField }[];
}

interface Following {
  /** What was read of each section already. */
  readonly asked: Map<InfSection, Asked>;
  remaining: number;
}

/** Follows Include and Needs of a section inside this INF. */
function readContent(document: InfDocument, section: InfSection | undefined, following: Following): InstallContent {
  const sections = new Set(section === undefined ? [] : [section]);
  const includes: Asked['includes'][number][] = [];
  const needed: Omit<NeededSection, 'foreign'>[] = [];
  // A set gives what is added to it while it is walked.
  for (const current of sections) {
    const asked = following.asked.get(current) ?? readAsked(document, current);
    following.asked.set(current, asked);
    following.remaining -= asked.includes.length + asked.needs.length;
    if (following.remaining < 0) {
      throw new InfError(
        'too-many-needs',
        `Include and Needs are followed more than ${MOST_FOLLOWED} times`,
        current.line,
      );
    }
    includes.push(...asked.includes);
    for (const { name, field } of asked.needs) {
      const found = findSection(document, name);
      needed.push({ name, field, section: found });
      if (found !== undefined) sections.add(found);
    }
  }
  const needs = needed.map((need) => ({ ...need, foreign: need.section === undefined && includes.length > 0 }));
  return { section, includes, needs, sections: [...sections] };
}

function readAsked(document: InfDocument, section: InfSection): Asked {
  return {
    includes: argumentsOf(document, findDirectives(section, 'Include')),
    needs: argumentsOf(document, findDirectives(section, 'Needs')),
  };
}

function argumentsOf(document: InfDocument, found: readonly Directive[]): { name: string; field: InfField }[] {
  return found.flatMap(({ args }) =>
    args.map((field) => ({ name: expandField(document, field), field })).filter(({ name }) => name !== ''),
  );
}

/**
 * Every reference from an install section and its sub-sections to other sections of the INF, followed to the end: lists
 * of registry values and files, services, interfaces, and what these name in turn. Each section is followed once.
 */
export function followReferences(document: InfDocument, install: InstallSection): SectionReference[] {
  const references: SectionReference[] = [];
  const sections = new Set([...install.sections, ...install.subsections.flatMap((subsection) => subsection.sections)]);
  // A set gives what is added to it while it is walked.
  for (const section of sections) {
    spendLines(document, section);
    for (const directive of directives(section)) {
      const found = sectionReferences(document, directive);
      references.push(...found);
      // Lists hold values or files; what is named one at a time holds directives.
      if (directiveForm(directive.name)?.repeats === true) continue;
      for (const { section: next } of found) if (next !== undefined) sections.add(next);
    }
  }
  return references;
}
