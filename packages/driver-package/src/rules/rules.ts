// Every rule, in the order in which its findings are shown. To add one: a file in the folder of its family, a line here,
// a test.
import { componentsAreWellFormed } from './components/components-are-well-formed.ts';
import { syntaxIsOldEnough } from './components/syntax-is-old-enough.ts';
import { copiedFilesArePresent } from './files/copied-files-are-present.ts';
import { destinationsAreKnown } from './files/destinations-are-known.ts';
import { driverStoreFilesStay } from './files/driver-store-files-stay.ts';
import { filesAreUsed } from './files/files-are-used.ts';
import { sourceDisksAreComplete } from './files/source-disks-are-complete.ts';
import { sourcesDoNotCollide } from './files/sources-do-not-collide.ts';
import { audioEffectsAreRegistered } from './isolation/audio-effects-are-registered.ts';
import { packageIsIsolated } from './isolation/package-is-isolated.ts';
import { cameraIncludesUsbvideo } from './kinds/camera-includes-usbvideo.ts';
import { displayStartsOnDemand } from './kinds/display-starts-on-demand.ts';
import { extensionIsComplete } from './kinds/extension-is-complete.ts';
import { primitiveIsComplete } from './kinds/primitive-is-complete.ts';
import { operationsAreDeclarative } from './legacy/operations-are-declarative.ts';
import { hardwareIdsPresent } from './models/hardware-ids-present.ts';
import { platformsAreNamed } from './models/platforms-are-named.ts';
import { architecturesAgree } from './package/architectures-agree.ts';
import { imagesAreSound } from './package/images-are-sound.ts';
import { bitMasksAreBytes } from './registry/bit-masks-are-bytes.ts';
import { registryLinesAreSound } from './registry/registry-lines-are-sound.ts';
import { settingsAgree } from './registry/settings-agree.ts';
import type { DriverRule } from './rule.ts';
import { devicesHaveAService } from './services/devices-have-a-service.ts';
import { servicesAreSound } from './services/services-are-sound.ts';
import { userModeServicesAreListed } from './services/user-mode-services-are-listed.ts';
import { directivesAreInPlace } from './text/directives-are-in-place.ts';
import { includesAreComplete } from './text/includes-are-complete.ts';
import { sectionsAreFound } from './text/sections-are-found.ts';
import { sectionsAreUsed } from './text/sections-are-used.ts';
import { stringsAgreeBetweenLanguages } from './text/strings-agree-between-languages.ts';
import { textIsReadable } from './text/text-is-readable.ts';
import { tokensAreDefined } from './text/tokens-are-defined.ts';
import { valuesAreDefinedOnce } from './text/values-are-defined-once.ts';
import { catalogFileIsNamed } from './version/catalog-file-is-named.ts';
import { classIsWellFormed } from './version/class-is-well-formed.ts';
import { classMatchesGuid } from './version/class-matches-guid.ts';
import { driverVersionIsValid } from './version/driver-version-is-valid.ts';
import { providerIsNotMicrosoft } from './version/provider-is-not-microsoft.ts';
import { requiredKeysPresent } from './version/required-keys-present.ts';
import { versionSectionPresent } from './version/version-section-present.ts';

export const DRIVER_RULES: readonly DriverRule[] = [
  textIsReadable,
  versionSectionPresent,
  requiredKeysPresent,
  classIsWellFormed,
  classMatchesGuid,
  providerIsNotMicrosoft,
  driverVersionIsValid,
  catalogFileIsNamed,
  tokensAreDefined,
  hardwareIdsPresent,
  copiedFilesArePresent,
  directivesAreInPlace,
  includesAreComplete,
  sectionsAreFound,
  sectionsAreUsed,
  stringsAgreeBetweenLanguages,
  valuesAreDefinedOnce,
  platformsAreNamed,
  destinationsAreKnown,
  driverStoreFilesStay,
  filesAreUsed,
  sourceDisksAreComplete,
  sourcesDoNotCollide,
  devicesHaveAService,
  servicesAreSound,
  userModeServicesAreListed,
  registryLinesAreSound,
  bitMasksAreBytes,
  settingsAgree,
  componentsAreWellFormed,
  syntaxIsOldEnough,
  operationsAreDeclarative,
  packageIsIsolated,
  audioEffectsAreRegistered,
  extensionIsComplete,
  primitiveIsComplete,
  displayStartsOnDemand,
  cameraIncludesUsbvideo,
  imagesAreSound,
  architecturesAgree,
];
