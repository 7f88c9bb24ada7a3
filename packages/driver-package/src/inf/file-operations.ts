// The files that CopyFiles, DelFiles and RenFiles name: by list sections or by `@` ("INF CopyFiles Directive",
// "INF DelFiles Directive", "INF RenFiles Directive").
import { type Directive, findDirectives } from './directives.ts';
import { expandField, findSection, type InfDocument, type InfSection, spendLines } from './document.ts';
import { parseInfNumber } from './numbers.ts';
import type { InfField } from './tokenizer.ts';

export type FileOperationKind = 'CopyFiles' | 'DelFiles' | 'RenFiles';

export interface FileOperation {
  readonly kind: FileOperationKind;
  /** The name on the installed system: of RenFiles the new one. */
  readonly destination: string;
  /** The name in the package, of RenFiles the old one; the same as `destination` where the line does not say. */
  readonly source: string;
  /** 0 when left out; undefined when what stands there is no number. */
  readonly flags: number | undefined;
  /** The security descriptor that a line of CopyFiles may end with. */
  readonly security: string | undefined;
  /** The section that lists it; undefined for a file named by `@`. */
  readonly listSection: InfSection | undefined;
  /** The field of the destination, and of the flags if there are any. */
  readonly field: InfField;
  readonly flagsField: InfField | undefined;
  readonly directive: Directive;
}

const KINDS: readonly FileOperationKind[] = ['CopyFiles', 'DelFiles', 'RenFiles'];

/** The file operations of an install section, in its order; list sections that the INF does not have are left out. */
export function listFileOperations(document: InfDocument, section: InfSection): FileOperation[] {
  return KINDS.flatMap((kind) =>
    findDirectives(section, kind).flatMap((directive) =>
      directive.args.flatMap((field): FileOperation[] => {
        const name = expandField(document, field);
        if (name.startsWith('@')) {
          const file = name.slice(1);
          const places = { listSection: undefined, field, flagsField: undefined, directive };
          return [{ kind, destination: file, source: file, flags: 0, security: undefined, ...places }];
        }
        const listSection = name === '' ? undefined : findSection(document, name);
        return listSection === undefined ? [] : readFileList(document, kind, listSection, directive);
      }),
    ),
  );
}

/** The lines of a list section: `destination[,source][,temporary][,flags][,security]`, of DelFiles `name[,,,flags]`. */
export function readFileList(
  document: InfDocument,
  kind: FileOperationKind,
  listSection: InfSection,
  directive: Directive,
): FileOperation[] {
  spendLines(document, listSection);
  return listSection.entries.flatMap(({ fields }): FileOperation[] => {
    const [destination = '', other = '', , flagsText = '', security = ''] = fields.map((text) =>
      expandField(document, text),
    );
    const [field, , , flagsField] = fields;
    if (field === undefined || destination === '') return [];
    return [
      {
        kind,
        destination,
        source: (kind === 'DelFiles' ? '' : other) || destination,
        flags: parseInfNumber(flagsText, 0),
        security: security || undefined,
        listSection,
        field,
        flagsField: flagsText === '' ? undefined : flagsField,
        directive,
      },
    ];
  });
}
