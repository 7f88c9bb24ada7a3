// The devices that an INF installs: [Manufacturer] names models sections, those name devices, their install sections and
// hardware ids ("INF Manufacturer Section", "INF Models Section").
import { InfError } from '../errors.ts';
import { type Architecture, type OsVersion, parseDecoration } from './decoration.ts';
import { expandField, findSection, type InfDocument } from './document.ts';

export interface InfModel {
  /** Manufacturer, tokens replaced. */
  readonly manufacturer: string;
  /** Device description, tokens replaced. */
  readonly description: string;
  /** Name of the models section, with its decoration. */
  readonly section: string;
  /** Name of the install section, without decoration; empty when the line names none. */
  readonly installSection: string;
  readonly architecture: Architecture;
  /** Whether the decoration still holds a variable of the build, so that x86 stands for whatever it is built for. */
  readonly isUnstamped?: true;
  /** The decoration as written. */
  readonly osDecoration?: string;
  /** The first version of Windows that the section is for. */
  readonly minimumVersion?: OsVersion;
  /** Hardware id first, then compatible ids, as written. */
  readonly hardwareIds: readonly string[];
  /** Place of the entry; both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** Most devices of one INF, over all its models sections: one section may be named many times. */
const MOST_MODELS = 200_000;

/** A models section that [Manufacturer] names. */
export interface ModelsReference {
  readonly manufacturer: string;
  readonly section: string;
  readonly decoration: string | undefined;
  /** Place of the decoration, or of the section name when there is none; both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** Every models section that [Manufacturer] names, one for each decoration; without any, the undecorated one. */
export function listModelsReferences(document: InfDocument): ModelsReference[] {
  const references: ModelsReference[] = [];
  for (const { key, fields } of findSection(document, 'Manufacturer')?.entries ?? []) {
    const nameField = key ?? fields[0];
    const sectionField = fields[0];
    if (nameField === undefined || sectionField === undefined) continue;
    const manufacturer = expandField(document, nameField);
    const base = expandField(document, sectionField);
    const decorations = fields.slice(1).filter(({ text }) => text !== '');
    if (decorations.length === 0) {
      const { line, column } = sectionField;
      references.push({ manufacturer, section: base, decoration: undefined, line, column });
    }
    for (const field of decorations) {
      const { line, column } = field;
      const decoration = expandField(document, field);
      references.push({ manufacturer, section: `${base}.${decoration}`, decoration, line, column });
    }
  }
  return references;
}

/**
 * The devices of every models section that exists. A section without decoration, or with one that names no architecture,
 * is for x86. Throws InfError when there are more than 200,000 devices.
 */
export function listModels(document: InfDocument): InfModel[] {
  let count = 0;
  return listModelsReferences(document).flatMap(({ manufacturer, section, decoration, line: referenceLine }) => {
    count += findSection(document, section)?.entries.length ?? 0;
    if (count > MOST_MODELS) {
      throw new InfError('too-many-models', `the INF names more than ${MOST_MODELS} devices`, referenceLine);
    }
    const parsed = decoration === undefined ? undefined : parseDecoration(decoration);
    return (findSection(document, section)?.entries ?? []).flatMap(({ key, fields, line, column }) => {
      if (key === undefined) return [];
      const [installSection = '', ...ids] = fields.map((field) => expandField(document, field));
      const model: InfModel = {
        manufacturer,
        description: expandField(document, key),
        section,
        installSection,
        architecture: parsed?.architecture ?? 'x86',
        ...(parsed === undefined && decoration?.includes('$') ? { isUnstamped: true } : {}),
        ...(decoration === undefined ? {} : { osDecoration: decoration }),
        ...(parsed?.minimumVersion === undefined ? {} : { minimumVersion: parsed.minimumVersion }),
        hardwareIds: ids.filter((id) => id !== ''),
        line,
        column,
      };
      return [model];
    });
  });
}
