// The systems that signatures are requested for, the devices of the INFs and the images of the package are for the same
// processors ("Attestation sign Windows drivers": all drivers of a package support the same architectures).
import { infArchitecture } from '../../architecture.ts';
import type { Architecture } from '../../inf/index.ts';
import { appliesTo } from '../../operating-systems.ts';
import type { CheckedDriver } from '../driver.ts';
import type { DriverRule, Fault, FoundFault } from '../rule.ts';

const TOO_OLD: Fault = {
  submission: true,
  what: 'A signature is requested for a version of Windows that is older than any the INF is for.',
  why: 'Nothing would be installed on that version.',
  remedy: 'Leave the system out of requestedSignatures, or lower the version in [Manufacturer].',
};
const NOT_SUPPORTED: Fault = {
  submission: true,
  what: 'Signatures are requested for an architecture that the INF is not for.',
  why: 'A signature can be made only for systems on which the INF installs something.',
  remedy: 'Leave the systems out of requestedSignatures, or add a models section for the architecture.',
};
const OTHER_MACHINE: Fault = {
  submission: true,
  what: 'A kernel-mode driver is built for another architecture than the INF is for.',
  why: 'Windows loads kernel-mode drivers of its own architecture only.',
  remedy: 'Put the build for the right architecture into this folder, or add its platform to [Manufacturer].',
};

export const architecturesAgree: DriverRule = {
  id: 'architectures-agree',
  faults: [TOO_OLD, NOT_SUPPORTED, OTHER_MACHINE],
  check: (driver) => [...checkRequests(driver), ...checkImages(driver)],
};

/** Each requested system finds a device in the folder. */
function checkRequests(driver: CheckedDriver): FoundFault[] {
  const models = driver.infs.flatMap(({ description }) => description.models);
  const [inf] = driver.infs;
  if (models.length === 0 || inf === undefined) return [];
  const supported = listNames(models.map((model) => model.architecture));
  const missing = new Map<string, string[]>();
  const findings: FoundFault[] = [];
  for (const system of driver.operatingSystems) {
    const architecture = infArchitecture(system.architecture) ?? system.architecture;
    const candidates = models.filter((model) => model.architecture === architecture);
    if (candidates.length === 0) {
      missing.set(architecture, [...(missing.get(architecture) ?? []), system.code]);
    } else if (!candidates.some((model) => appliesTo(model, system))) {
      findings.push({
        fault: TOO_OLD,
        file: inf.path,
        ...(candidates[0] === undefined ? {} : { at: { line: candidates[0].line } }),
        summary: `A signature is requested for ${system.code}, but the INF supports only later versions of Windows.`,
        explanation: `The section [${candidates[0]?.section}] begins with a later version, so nothing would be installed.`,
        remedy: `Leave ${system.code} out of requestedSignatures, or lower the version in [Manufacturer].`,
      });
    }
  }
  for (const [architecture, codes] of missing) {
    findings.push({
      fault: NOT_SUPPORTED,
      file: inf.path,
      summary: `Signatures are requested for ${architecture} (${codes.join(', ')}), but "${driver.folder}" supports only ${supported}.`,
      remedy: `Leave ${codes.join(', ')} out of requestedSignatures, or add a section for NT${architecture} to the INF. "Models" without NTamd64 or the like means x86.`,
    });
  }
  return findings;
}

/** Each kernel-mode image is for a processor that the INFs of its folder name. */
function checkImages(driver: CheckedDriver): FoundFault[] {
  const supported = new Set<Architecture>(
    driver.infs.flatMap(({ description }) => description.models.map((model) => model.architecture)),
  );
  if (supported.size === 0) return [];
  return driver.files.flatMap(({ path, kind, machine }) => {
    if (kind !== 'pe' || machine === undefined || !/\.sys$/iu.test(path)) return [];
    const architecture = infArchitecture(machine);
    if (architecture !== undefined && supported.has(architecture)) return [];
    const summary = `The driver is built for ${architecture ?? machine}, but the INF installs only on ${listNames([...supported])}.`;
    return [{ fault: OTHER_MACHINE, file: path, summary }];
  });
}

function listNames(names: readonly string[]): string {
  return [...new Set(names)].sort().join(', ');
}
