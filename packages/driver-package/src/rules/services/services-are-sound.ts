// Each service that the INF installs can be installed and started ("INF AddService Directive": InfVerif 1005, 1013, 1017,
// 1082, 1251 to 1254, 1272, 1293, 2084, 2085).
import type { InfDocument } from '../../inf/index.ts';
import { listFileCopies } from '../reading/copies.ts';
import { argumentPlace, linePlace, readNumber } from '../reading/lines.ts';
import { reachesBuild } from '../reading/platforms.ts';
import { FILE_SYSTEM_DRIVER, KERNEL_DRIVER, listServices, type ServiceUse } from '../reading/services.ts';
import type { FoundFault } from '../rule.ts';
import { type Fault, infRule } from '../rule.ts';
import { SAMPLE_SERVICES } from './sample-services.ts';

const NO_SECTION: Fault = {
  code: 1005,
  what: 'AddService names a service but no service-install section.',
  why: 'The section says what the service is; without it there is nothing to install.',
  remedy: 'Name the section as the third argument: AddService = gizmo, 2, Gizmo_Service',
};
const KEY_MISSING: Fault = {
  code: 1013,
  what: 'A service-install section has no ServiceType, StartType, ErrorControl or ServiceBinary.',
  why: 'Windows cannot make the service without these four.',
  remedy: 'Add the key to the service-install section.',
};
const RESERVED: Fault = {
  code: 1293,
  what: 'The name of the service belongs to Windows.',
  why: 'The INF would replace a service of the system.',
  remedy: 'Choose a name of your own.',
};
const OF_A_SAMPLE: Fault = {
  code: 1017,
  what: 'The service has the name of a sample driver of Microsoft.',
  why: 'Whoever starts from the same sample has the same name; services of one name overwrite each other.',
  remedy: 'Choose a name of your own.',
};
const BAD_NUMBER: Fault = {
  code: 1082,
  what: 'The flags of AddService, or a number of a service, are no number or out of range.',
  why: 'Windows does not make a service of it.',
  remedy: 'Write a documented number, decimal or with 0x.',
};
const DISABLED: Fault = {
  code: 1251,
  what: 'The function driver of a device is a disabled service.',
  why: 'The device cannot start.',
  remedy: 'Write StartType = 3 for a driver that starts with its device.',
};
const CONFLICT: Fault = {
  code: 1252,
  what: 'The start type does not go with the type of the service.',
  why: 'Only drivers can be started by the boot loader or the kernel.',
  remedy: 'Write StartType = 2 or 3 for a service that is a program.',
};
const UNNAMED: Fault = {
  code: 1272,
  what: 'AddService without a name has a service-install section.',
  why: 'Without a name no service is made, so the section has no effect.',
  remedy: 'Name the service, or leave the section out: AddService = ,2',
};
const UNNAMED_FLAGS: Fault = {
  code: 1253,
  what: 'AddService has neither a name nor the flag of the function driver.',
  why: 'Only "AddService = ,2", for a device without driver, needs no name.',
  remedy: 'Name the service, or write AddService = ,2',
};
const BAD_PATH: Fault = {
  code: 1254,
  what: 'The path of ServiceBinary cannot be read.',
  why: 'Windows does not find the program of the service.',
  remedy: 'Write one path, in quotes when it has spaces: ServiceBinary = %13%\\gizmo.sys',
};
const NO_DIRECTORY: Fault = {
  code: 2085,
  what: 'The path of ServiceBinary does not begin with the number of a folder.',
  why: 'A path that is written out is wrong on systems that are installed elsewhere.',
  remedy: 'Begin it with %13% for the driver store: ServiceBinary = %13%\\gizmo.sys',
};
const FOREIGN_BINARY: Fault = {
  code: 2084,
  what: 'The INF does not copy the file that ServiceBinary names.',
  why: 'The service depends on a file that nothing in this package provides.',
  remedy: 'Copy the file with CopyFiles to the folder that ServiceBinary names, or correct the path.',
};

/** The driver of Windows that stands for user-mode drivers, and the first build where Include and Needs bring it. */
const REFLECTOR = 'wudfrd.sys';
const INCLUDED_REFLECTOR_BUILD = 22_000;

const REQUIRED = ['ServiceType', 'StartType', 'ErrorControl', 'ServiceBinary'];
/** Services of Windows whose drivers many INFs use, and which none may define. */
const SYSTEM_SERVICES = new Set(
  'acpi,pci,partmgr,volmgr,ntfs,tcpip,http,lsass,rpcss,eventlog,plugplay,kbdclass,mouclass,hidclass,wdf01000,ndis,netbt,msisadrv,swenum,mssmbios'.split(
    ',',
  ),
);
const MOST_START_TYPE = 4;
const MOST_ERROR_CONTROL = 3;
const SYSTEM_START = 1;
const DISABLED_START = 4;

export const servicesAreSound = infRule({
  id: 'services-are-sound',
  faults: [
    NO_SECTION,
    KEY_MISSING,
    BAD_NUMBER,
    DISABLED,
    CONFLICT,
    UNNAMED_FLAGS,
    BAD_PATH,
    UNNAMED,
    RESERVED,
    OF_A_SAMPLE,
    FOREIGN_BINARY,
    NO_DIRECTORY,
  ],
  *check({ document }, { mode }) {
    const seen = new Set<string>();
    for (const service of listServices(document)) {
      const { name, flags, line, section, sectionExists } = service;
      if (flags === undefined) {
        const summary = `AddService of "${name}" has the flags "${line.args[1]}".`;
        yield { fault: BAD_NUMBER, at: argumentPlace(line, 1), summary };
      }
      if (name === '') {
        yield* checkUnnamed(service);
        continue;
      }
      if (SYSTEM_SERVICES.has(name.toLowerCase())) {
        yield { fault: RESERVED, at: argumentPlace(line, 0), summary: `The service "${name}" is one of Windows.` };
      }
      if (SAMPLE_SERVICES.has(name.toLowerCase())) {
        const summary = `The service "${name}" has the name of a sample driver.`;
        yield { fault: OF_A_SAMPLE, at: argumentPlace(line, 0), summary };
      }
      if (section === '') {
        yield { fault: NO_SECTION, at: linePlace(line), summary: `AddService of "${name}" names no section.` };
      } else if (sectionExists && !seen.has(section.toLowerCase()) && document.sections.has(section.toLowerCase())) {
        seen.add(section.toLowerCase());
        yield* checkSection(document, service, mode === 'h');
      }
    }
  },
});

function* checkUnnamed({ line, section, isAssociated }: ServiceUse): Iterable<FoundFault> {
  const at = linePlace(line);
  if (section !== '') yield { fault: UNNAMED, at, summary: `AddService without a name has the section [${section}].` };
  else if (!isAssociated) yield { fault: UNNAMED_FLAGS, at, summary: 'AddService has neither a name nor the flag 2.' };
}

function* checkSection(document: InfDocument, service: ServiceUse, isWhql: boolean): Iterable<FoundFault> {
  const { name, section, line, isAssociated } = service;
  for (const key of REQUIRED) {
    if (service.value(key)?.args[0]) continue;
    yield {
      fault: KEY_MISSING,
      at: { line: document.sections.get(section.toLowerCase())?.line ?? line.entry.line },
      summary: `[${section}] of the service "${name}" has no ${key}.`,
    };
  }
  const numberOf = (key: string) => readNumber(service.value(key)?.args[0]);
  const [type, start, errorControl] = ['ServiceType', 'StartType', 'ErrorControl'].map(numberOf);
  for (const [key, number, most] of [
    ['ServiceType', type, 0xffff],
    ['StartType', start, MOST_START_TYPE],
    ['ErrorControl', errorControl, MOST_ERROR_CONTROL],
  ] as const) {
    const value = service.value(key);
    if (value === undefined || (number !== undefined && number <= most)) continue;
    yield { fault: BAD_NUMBER, at: argumentPlace(value, 0), summary: `${key} of "${name}" is "${value.args[0]}".` };
  }
  const startLine = service.value('StartType');
  if (startLine !== undefined && start === DISABLED_START && isAssociated) {
    yield { fault: DISABLED, at: linePlace(startLine), summary: `The function driver "${name}" is disabled.` };
  }
  const isDriver = ((type ?? KERNEL_DRIVER) & (KERNEL_DRIVER | FILE_SYSTEM_DRIVER)) !== 0;
  if (startLine?.args[0] && start !== undefined && start <= SYSTEM_START && !isDriver) {
    yield { fault: CONFLICT, at: linePlace(startLine), summary: `"${name}" is no driver but has StartType ${start}.` };
  }
  yield* checkBinary(document, service, isWhql);
}

function* checkBinary(document: InfDocument, service: ServiceUse, isWhql: boolean): Iterable<FoundFault> {
  const line = service.value('ServiceBinary');
  const written = line?.entry.fields[0]?.text ?? '';
  if (line === undefined || written === '') return;
  const at = argumentPlace(line, 0);
  const binary = line.args[0] ?? '';
  const match = /^"?%(-?\d+)%[\\/]?([^"]*)"?(.*)$/u.exec(binary.trim());
  if (match === null) {
    const fault = /[<>|?*]/u.test(binary) ? BAD_PATH : NO_DIRECTORY;
    yield { fault, at, summary: `ServiceBinary of "${service.name}" is "${binary}".` };
    return;
  }
  const [, id = '', path = ''] = match;
  const program = /^(.*?\.(?:sys|exe|dll))(?:\s|$)/iu.exec(path)?.[1] ?? path;
  if (program === '' || /[<>|?*]/u.test(program)) {
    yield { fault: BAD_PATH, at, summary: `ServiceBinary of "${service.name}" is "${binary}".` };
    return;
  }
  const wanted = program.slice(program.search(/[^\\/]*$/u)).toLowerCase();
  const copied = listFileCopies(document).some(
    ({ target, destination }) =>
      target.toLowerCase() === wanted && String(destination?.id ?? id) === String(Number(id)),
  );
  if (copied) return;
  // Before Windows 11 an INF could have the reflector of user-mode drivers only by naming it itself.
  if (isWhql && wanted === REFLECTOR && !reachesBuild(document, line.section.name, INCLUDED_REFLECTOR_BUILD)) return;
  const summary = `ServiceBinary of "${service.name}" is "${binary}", which the INF does not copy there.`;
  yield { fault: FOREIGN_BINARY, at, summary };
}
