// The services that an INF installs: AddService directives with what their install sections say ("INF AddService
// Directive").
import type { InfDocument } from '../../inf/index.ts';
import { firstLine, hasSection, type InfTextLine, listDirectives, readNumber } from './lines.ts';

/** SPSVCINST_* flags of AddService. */
export const ASSOCIATED_SERVICE = 0x2;

/** SERVICE_* types that are drivers of the kernel. */
export const KERNEL_DRIVER = 0x1;
export const FILE_SYSTEM_DRIVER = 0x2;

export interface ServiceUse {
  /** The AddService line. */
  readonly line: InfTextLine;
  /** As written; empty for "no service". */
  readonly name: string;
  readonly isAssociated: boolean;
  /** Undefined when the flags are no number. */
  readonly flags: number | undefined;
  /** Name of the service-install section; empty when none is given. */
  readonly section: string;
  readonly sectionExists: boolean;
  /** The line with this key in the service-install section. */
  value(key: string): InfTextLine | undefined;
}

/** Every AddService of the INF. */
export function listServices(document: InfDocument): ServiceUse[] {
  return listDirectives(document, 'AddService').map((line) => {
    const [name = '', flagsText, section = ''] = line.args;
    const flags = readNumber(flagsText);
    return {
      line,
      name,
      flags,
      isAssociated: ((flags ?? 0) & ASSOCIATED_SERVICE) !== 0,
      section,
      sectionExists: section !== '' && hasSection(document, section),
      value: (key) => firstLine(document, section, key),
    };
  });
}
