// What several devices of an INF share is the same for all of them: registry values outside HKR, values of a service, and
// the services (InfVerif 1331 to 1333, which every submission must keep since Windows 11 21H2).
import { linePlace } from '../reading/lines.ts';
import { meet } from '../reading/platforms.ts';
import { KEY_ONLY, listRegistryLines, type RegistryLine } from '../reading/registry.ts';
import { listServices, type ServiceUse } from '../reading/services.ts';
import { type Fault, infRule } from '../rule.ts';

const VALUE: Fault = {
  code: 1331,
  submission: true,
  what: 'Two install sections set the same registry value differently.',
  why: 'When Windows does all registry work before any device is there, it is chance which value stays.',
  remedy: 'Set the same value in both, or write under HKR, which each device has for itself.',
};
const SERVICE_VALUE: Fault = {
  code: 1332,
  submission: true,
  what: 'Two service-install sections of one service set the same value differently.',
  why: 'The service is there once for all devices, so it is chance which value stays.',
  remedy: 'Set the same value in both, or in the key of the device instead.',
};
const SERVICE: Fault = {
  code: 1333,
  submission: true,
  what: 'Two sections install the same service differently.',
  why: 'The service is there once for all devices, so it is chance how it is set up.',
  remedy: 'Use one service-install section for all devices, or services of different names.',
};

const SERVICE_KEYS = ['ServiceType', 'StartType', 'ErrorControl', 'ServiceBinary', 'LoadOrderGroup', 'StartName'];
/** Appending is not setting. */
const APPEND = 0x8;
const NO_CLOBBER = 0x2;

export const settingsAgree = infRule({
  id: 'settings-agree',
  faults: [VALUE, SERVICE_VALUE, SERVICE],
  *check({ document }) {
    const services = listServices(document).filter(({ name, section }) => name !== '' && section !== '');
    const first = new Map<string, ServiceUse>();
    const serviceOf = new Map<string, string>();
    const reported = new Set<string>();
    for (const service of services) {
      const name = service.name.toLowerCase();
      serviceOf.set(service.section.toLowerCase(), service.name);
      const earlier = first.get(name);
      first.set(name, earlier ?? service);
      if (earlier === undefined || earlier.section.toLowerCase() === service.section.toLowerCase()) continue;
      if (reported.has(name) || !meet(document, earlier.line.section.name, service.line.section.name)) continue;
      const key = SERVICE_KEYS.find((text) => settingOf(earlier, text) !== settingOf(service, text));
      if (key === undefined) continue;
      reported.add(name);
      const summary = `The service "${service.name}" has another ${key} in [${service.section}] than in [${earlier.section}].`;
      yield { fault: SERVICE, at: linePlace(service.line), summary };
    }

    const written = new Map<string, RegistryLine>();
    for (const item of listRegistryLines(document)) {
      const { operation, root, subkey, name, flags = 0, context, from, line } = item;
      if (operation !== 'AddReg' || (flags & (KEY_ONLY | APPEND | NO_CLOBBER)) !== 0) continue;
      const service = serviceOf.get(from.section.name.toLowerCase());
      const isOfService = root === 'HKR' && context === 'service' && service !== undefined;
      if (root === 'HKR' && !isOfService) continue;
      const key = `${isOfService ? `service ${service}` : root}\n${subkey}\n${name}`.toLowerCase();
      const earlier = written.get(key);
      written.set(key, earlier ?? item);
      if (earlier === undefined || earlier.from.section === from.section || sameValue(earlier, item)) continue;
      if (reported.has(key) || !meet(document, earlier.from.section.name, from.section.name)) continue;
      reported.add(key);
      const [here, there] = [from.section.name, earlier.from.section.name];
      const summary = `"${[subkey, name].filter((text) => text !== '').join('\\')}" is set by [${here}] otherwise than by [${there}].`;
      yield { fault: isOfService ? SERVICE_VALUE : VALUE, at: linePlace(line), summary };
    }
  },
});

function settingOf(service: ServiceUse, key: string): string {
  return (service.value(key)?.args.join(',') ?? '').toLowerCase();
}

function sameValue(a: RegistryLine, b: RegistryLine): boolean {
  return a.flags === b.flags && a.values.join(',') === b.values.join(',');
}
