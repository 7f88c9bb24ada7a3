// The services that an INF installs: AddService and the service-install sections that it names ("INF AddService
// Directive").

import { type Directive, directives, findDirectives, namedArguments } from './directives.ts';
import { type InstalledPath, parseInstalledPath } from './directories.ts';
import { expandField, findSection, type InfDocument, type InfSection, spendLines } from './document.ts';
import { parseInfNumber } from './numbers.ts';
import type { InfField } from './tokenizer.ts';

/** Bits of the flags of AddService. */
export const ASSOCIATED_SERVICE = 0x2;

export interface ServiceInstallation {
  /** Empty in `AddService = ,2`, which says that the device needs no service. */
  readonly name: string;
  /** Undefined when what stands there is no number. */
  readonly flags: number | undefined;
  /** Whether it is the function driver of the device (SPSVCINST_ASSOCSERVICE). */
  readonly isAssociated: boolean;
  readonly sectionName: string | undefined;
  /** Undefined when none is named or the INF does not have it. */
  readonly section: InfSection | undefined;
  readonly eventLogSectionName: string | undefined;
  readonly eventLogSection: InfSection | undefined;
  /** Undefined when the INF does not have the service-install section. */
  readonly settings: ServiceSettings | undefined;
  readonly directive: Directive;
}

/** What a service-install section says; undefined where it says nothing or no number. */
export interface ServiceSettings {
  readonly displayName: string | undefined;
  readonly description: string | undefined;
  /** SERVICE_KERNEL_DRIVER 1, SERVICE_FILE_SYSTEM_DRIVER 2, SERVICE_WIN32_OWN_PROCESS 0x10 … */
  readonly serviceType: number | undefined;
  /** SERVICE_BOOT_START 0 to SERVICE_DISABLED 4. */
  readonly startType: number | undefined;
  /** SERVICE_ERROR_IGNORE 0 to SERVICE_ERROR_CRITICAL 3. */
  readonly errorControl: number | undefined;
  readonly serviceBinary: InstalledPath | undefined;
  /** The field of ServiceBinary. */
  readonly serviceBinaryField: InfField | undefined;
  readonly startName: string | undefined;
  readonly loadOrderGroup: string | undefined;
  readonly dependencies: readonly string[];
  readonly security: string | undefined;
}

/** Every AddService of a section, in its order: give it a Services sub-section. */
export function listServices(document: InfDocument, section: InfSection): ServiceInstallation[] {
  return findDirectives(section, 'AddService').map((directive) => {
    const values = namedArguments(document, directive);
    const flags = parseInfNumber(values.get('flags') ?? '', 0);
    const sectionName = values.get('section');
    const eventLogSectionName = values.get('eventLogSection');
    const service = sectionName === undefined ? undefined : findSection(document, sectionName);
    return {
      name: values.get('name') ?? '',
      flags,
      isAssociated: flags !== undefined && (flags & ASSOCIATED_SERVICE) !== 0,
      sectionName,
      section: service,
      eventLogSectionName,
      eventLogSection: eventLogSectionName === undefined ? undefined : findSection(document, eventLogSectionName),
      settings: service === undefined ? undefined : readServiceSettings(document, service),
      directive,
    };
  });
}

/** What a service-install section says of its service; of a key that stands there twice, the first counts. */
export function readServiceSettings(document: InfDocument, section: InfSection): ServiceSettings {
  spendLines(document, section);
  const settings = new Map<string, readonly InfField[]>();
  for (const { name, args } of directives(section)) {
    if (!settings.has(name.toLowerCase())) settings.set(name.toLowerCase(), args);
  }
  const first = (name: string): InfField | undefined => settings.get(name.toLowerCase())?.[0];
  const text = (name: string): string | undefined => {
    const field = first(name);
    return field === undefined ? undefined : expandField(document, field) || undefined;
  };
  const number = (name: string): number | undefined => parseInfNumber(text(name) ?? '');
  const binary = text('ServiceBinary');
  return {
    displayName: text('DisplayName'),
    description: text('Description'),
    serviceType: number('ServiceType'),
    startType: number('StartType'),
    errorControl: number('ErrorControl'),
    serviceBinary: binary === undefined ? undefined : parseInstalledPath(binary),
    serviceBinaryField: first('ServiceBinary'),
    startName: text('StartName'),
    loadOrderGroup: text('LoadOrderGroup'),
    dependencies: (settings.get('dependencies') ?? [])
      .map((field) => expandField(document, field))
      .filter((name) => name !== ''),
    security: text('Security'),
  };
}
