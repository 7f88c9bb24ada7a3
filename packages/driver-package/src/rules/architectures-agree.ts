// The systems that signatures are requested for, the devices of the INFs and the images of the package are for the same
// processors ("Attestation sign Windows drivers": all drivers of a package support the same architectures).
import { infArchitecture } from '../architecture.ts';
import type { Finding } from '../finding.ts';
import type { Architecture } from '../inf/index.ts';
import { appliesTo } from '../operating-systems.ts';
import { type CheckedDriver, type DriverRule, toFinding } from './driver.ts';

const ID = 'architectures-agree';

export const architecturesAgree: DriverRule = {
  id: ID,
  check: (driver) => [...checkRequests(driver), ...checkImages(driver)],
};

/** Each requested system finds a device in the folder. */
function checkRequests(driver: CheckedDriver): Finding[] {
  const models = driver.infs.flatMap(({ description }) => description.models);
  const [inf] = driver.infs;
  if (models.length === 0 || inf === undefined) return [];
  const supported = listNames(models.map((model) => model.architecture));
  const missing = new Map<string, string[]>();
  const findings: Finding[] = [];
  for (const system of driver.operatingSystems) {
    const architecture = infArchitecture(system.architecture) ?? system.architecture;
    const candidates = models.filter((model) => model.architecture === architecture);
    if (candidates.length === 0) {
      missing.set(architecture, [...(missing.get(architecture) ?? []), system.code]);
    } else if (!candidates.some((model) => appliesTo(model, system))) {
      findings.push(
        toFinding(ID, inf.path, {
          severity: 'error',
          line: candidates[0]?.line,
          summary: `A signature is requested for ${system.code}, but the INF supports only later versions of Windows.`,
          explanation: `The section [${candidates[0]?.section}] begins with a later version, so nothing would be installed.`,
          remedy: `Leave ${system.code} out of requestedSignatures, or lower the version in [Manufacturer].`,
        }),
      );
    }
  }
  for (const [architecture, codes] of missing) {
    findings.push(
      toFinding(ID, inf.path, {
        severity: 'error',
        summary: `Signatures are requested for ${architecture} (${codes.join(', ')}), but "${driver.folder}" supports only ${supported}.`,
        explanation: 'A signature can be made only for systems on which the INF installs something.',
        remedy: `Leave ${codes.join(', ')} out of requestedSignatures, or add a section for NT${architecture} to the INF. "Models" without NTamd64 or the like means x86.`,
      }),
    );
  }
  return findings;
}

/** Each kernel-mode image is for a processor that the INFs of its folder name. */
function checkImages(driver: CheckedDriver): Finding[] {
  const supported = new Set<Architecture>(
    driver.infs.flatMap(({ description }) => description.models.map((model) => model.architecture)),
  );
  if (supported.size === 0) return [];
  return driver.files.flatMap(({ path, kind, machine }) => {
    if (kind !== 'pe' || machine === undefined || !/\.sys$/iu.test(path)) return [];
    const architecture = infArchitecture(machine);
    if (architecture !== undefined && supported.has(architecture)) return [];
    return toFinding(ID, path, {
      severity: 'error',
      summary: `The driver is built for ${architecture ?? machine}, but the INF installs only on ${listNames([...supported])}.`,
      explanation: 'Windows loads kernel-mode drivers of its own architecture only.',
      remedy: 'Put the build for the right architecture into this folder, or add its platform to [Manufacturer].',
    });
  });
}

function listNames(names: readonly string[]): string {
  return [...new Set(names)].sort().join(', ');
}
