// Each INF installs some device, and each of its devices has a hardware id (InfVerif 1011, 1261, 1271, 1274, 1287, 1288,
// 1297, // "INF Manufacturer Section", "INF Models Section").
import { findSection, listModelsReferences, parseDecoration } from '../../inf/index.ts';
import type { CheckedInf } from '../driver.ts';
import { hasSection } from '../reading/lines.ts';
import { type Fault, infRule } from '../rule.ts';

/** The first build of Windows that looks at the build number of a decoration. */
const FIRST_BUILD = 14_310;

const BUILD_VARIABLE: Fault = {
  code: 1274,
  submission: true,
  what: 'The build variable $ARCH$ is still in the INF.',
  why: 'This is the source of the INF: StampInf puts the architecture in when the driver is built.',
  remedy: 'Submit the INF that the build made, or write the architecture: NTamd64, NTarm64.',
};
const UNKNOWN_PLATFORM: Fault = {
  code: 1287,
  submission: true,
  what: 'The decoration of a models section is not a platform that Windows knows.',
  why: 'Windows picks the models section by this ending; one that it cannot read is never picked.',
  remedy: 'Write it as NT and an architecture, optionally with a version: NTamd64, NTarm64.10.0...22000.',
};
const EARLY_BUILD: Fault = {
  code: 1288,
  what: 'The build number of a decoration is one at which Windows did not yet look at build numbers.',
  why: `Windows compares builds since ${FIRST_BUILD}; before, it passes the whole section over.`,
  remedy: 'Leave the build number out, or write 14393 (version 1607) or a later one.',
};
const NO_MODELS_SECTION: Fault = {
  code: 1011,
  submission: true,
  what: '[Manufacturer] names no models section, or one that is not there.',
  why: 'The devices for this platform are read from that section.',
  remedy: 'Add the section, or take its platform off the line in [Manufacturer].',
};
const NO_INSTALL_SECTION: Fault = {
  code: 1271,
  what: 'A device has no install section.',
  why: 'The install section says what to do for the device; without its name nothing is installed.',
  remedy: 'Write it after the equals sign: %Device% = Device_Install, PCI\\VEN_1234&DEV_5678',
};
const INSTALL_SECTION_MISSING: Fault = {
  code: 1261,
  what: 'A device has an install section that is not in the INF.',
  why: 'The device is found but nothing is installed for it.',
  remedy: 'Add the section, plain or with .NT or an architecture, or correct the name.',
};
const NO_DEVICE: Fault = {
  code: 1297,
  submission: true,
  what: 'The INF installs no device, or a device has no hardware id.',
  why: 'Windows finds the driver of a device by its hardware id.',
  remedy: 'Name a models section in [Manufacturer] and list the hardware ids of your devices there.',
};

export const hardwareIdsPresent = infRule({
  id: 'hardware-ids-present',
  faults: [
    NO_MODELS_SECTION,
    NO_DEVICE,
    NO_INSTALL_SECTION,
    INSTALL_SECTION_MISSING,
    BUILD_VARIABLE,
    UNKNOWN_PLATFORM,
    EARLY_BUILD,
  ],
  *check(inf) {
    const { document, description } = inf;
    for (const { section, decoration, line } of listModelsReferences(document)) {
      const at = { line };
      const parsed = decoration === undefined ? undefined : parseDecoration(decoration);
      const build = parsed?.minimumVersion?.build;
      if (decoration?.toUpperCase().includes('$ARCH$')) {
        yield { fault: BUILD_VARIABLE, at, summary: `"${decoration}" still holds the build variable $ARCH$.` };
      } else if (decoration !== undefined && parsed === undefined) {
        yield { fault: UNKNOWN_PLATFORM, at, summary: `"${decoration}" is not a platform that Windows knows.` };
      } else if (findSection(document, section) === undefined) {
        yield {
          fault: NO_MODELS_SECTION,
          at,
          summary: `[Manufacturer] names the section [${section}], which is not there.`,
          remedy: `Add the section [${section}], or take its platform off the line in [Manufacturer].`,
        };
      } else if (build !== undefined && build < FIRST_BUILD) {
        yield { fault: EARLY_BUILD, at, summary: `"${decoration}" asks for build ${build}.` };
      }
    }
    const missing = new Set<string>();
    for (const { hardwareIds, description: device, installSection, line } of description.models) {
      if (installSection === '') {
        yield { fault: NO_INSTALL_SECTION, at: { line }, summary: `The device "${device}" has no install section.` };
      }
      if (
        installSection !== '' &&
        !hasSection(document, installSection) &&
        !missing.has(installSection.toLowerCase())
      ) {
        missing.add(installSection.toLowerCase());
        const summary = `[${installSection}], which "${device}" is installed by, is not in the INF.`;
        yield { fault: INSTALL_SECTION_MISSING, at: { line }, summary };
      }
      if (hardwareIds.length > 0) continue;
      yield {
        fault: NO_DEVICE,
        at: { line },
        summary: `The device "${device}" has no hardware id.`,
        remedy: 'Add it after the install section: %Device% = Device_Install, PCI\\VEN_1234&DEV_5678',
      };
    }
    if (description.models.length === 0 && !isPrimitive(inf)) {
      yield {
        fault: NO_DEVICE,
        at: findSection(document, 'Manufacturer'),
        summary: 'The INF installs no device.',
        explanation:
          'Neither does [Manufacturer] lead to a device, nor is there a [DefaultInstall] section with a platform.',
      };
    }
  },
});

/** Whether the INF is of a primitive driver, which is for no device. */
function isPrimitive({ document }: CheckedInf): boolean {
  return [...document.sections.keys()].some((name) => /^defaultinstall\.nt/u.test(name));
}
