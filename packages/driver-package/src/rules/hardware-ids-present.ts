// Each INF installs some device, and each of its devices has a hardware id (InfVerif 1011, 1270, 1274, 1287,
// "INF Manufacturer Section", "INF Models Section").
import { findSection, listModelsReferences, parseDecoration } from '../inf/index.ts';
import { type CheckedInf, infRule } from './driver.ts';

export const hardwareIdsPresent = infRule('hardware-ids-present', function* (inf) {
  const { document, description } = inf;
  for (const { section, decoration, line } of listModelsReferences(document)) {
    if (decoration?.toUpperCase().includes('$ARCH$')) {
      yield {
        code: 1274,
        severity: 'error',
        line,
        summary: `"${decoration}" still holds the build variable $ARCH$.`,
        explanation: 'This is the source of the INF: StampInf puts the architecture in when the driver is built.',
        remedy: 'Submit the INF that the build made, or write the architecture: NTamd64, NTarm64.',
      };
    } else if (decoration !== undefined && parseDecoration(decoration) === undefined) {
      yield {
        code: 1287,
        severity: 'error',
        line,
        summary: `"${decoration}" is not a platform that Windows knows.`,
        explanation: 'Windows picks the models section by this ending; one that it cannot read is never picked.',
        remedy: 'Write it as NT and an architecture, optionally with a version: NTamd64, NTarm64.10.0...22000.',
      };
    } else if (findSection(document, section) === undefined) {
      yield {
        code: 1011,
        severity: 'error',
        line,
        summary: `[Manufacturer] names the section [${section}], which is not there.`,
        explanation: 'The devices for this platform are read from that section.',
        remedy: `Add the section [${section}], or take its platform off the line in [Manufacturer].`,
      };
    }
  }
  for (const { hardwareIds, description: device, line } of description.models) {
    if (hardwareIds.length > 0) continue;
    yield {
      code: 1270,
      severity: 'error',
      line,
      summary: `The device "${device}" has no hardware id.`,
      explanation: 'Windows finds the driver of a device by its hardware id.',
      remedy: 'Add it after the install section: %Device% = Device_Install, PCI\\VEN_1234&DEV_5678',
    };
  }
  if (description.models.length === 0 && !isPrimitive(inf)) {
    yield {
      code: 1270,
      severity: 'error',
      line: findSection(document, 'Manufacturer')?.line,
      summary: 'The INF installs no device.',
      explanation:
        'Neither does [Manufacturer] lead to a device, nor is there a [DefaultInstall] section with a platform.',
      remedy: 'Name a models section in [Manufacturer] and list the hardware ids of your devices there.',
    };
  }
});

/** Whether the INF is of a primitive driver, which is for no device. */
function isPrimitive({ document }: CheckedInf): boolean {
  return [...document.sections.keys()].some((name) => /^defaultinstall\.nt/u.test(name));
}
