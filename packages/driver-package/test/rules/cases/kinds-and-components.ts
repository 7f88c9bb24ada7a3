// Extensions, primitive drivers, components, and what images are like.
import { driverOf, infWith, SOUND_INF } from '../../drivers.ts';
import { type Change, changed, type Violation } from './case.ts';

const EXTENSION: readonly Change[] = [
  ['= System', '= Extension'],
  ['{4D36E97D-E325-11CE-BFC1-08002BE10318}', '{e2f84ce7-8efa-411c-aa69-97454ca4cb57}'],
];
const WITH_ID: Change = ['PnpLockdown = 1', 'PnpLockdown = 1\nExtensionId = {11111111-2222-3333-4444-555555555555}'];
const PRIMITIVE: readonly Change[] = [
  ['%Maker% = Gizmo', ';'],
  ['[Manufacturer]', '[Strings]'],
  ['[Gizmo_Install.NT]', '[DefaultInstall.NTamd64]'],
  ['[Gizmo_Install.NT.Services]', '[DefaultInstall.NTamd64.Services]'],
];
const add = (section: string, lines: string) => changed([], `[Gizmo_Install.NT.${section}]\n${lines}\n`);
const software = (lines: string) =>
  add('Software', `AddSoftware = gizmo, 0, Gizmo_Software\n[Gizmo_Software]\n${lines}`);
const filter = (lines: string) => add('Filters', `AddFilter = gizmo, 0, Gizmo_Filter\n[Gizmo_Filter]\n${lines}`);
const image = (facts: object) =>
  driverOf(SOUND_INF, { files: [{ path: 'gizmo/gizmo.sys', kind: 'pe', machine: 'amd64', ...facts }] });

export const KIND_AND_COMPONENT_CASES: readonly Violation[] = [
  {
    what: 'an ExtensionId that is no GUID',
    rule: 'extension-is-complete',
    code: 1380,
    driver: changed([...EXTENSION, ['PnpLockdown = 1', 'PnpLockdown = 1\nExtensionId = gizmo']]),
    at: 'ExtensionId',
  },
  { what: 'no ExtensionId', rule: 'extension-is-complete', code: 1381, driver: changed(EXTENSION), at: '[Version]' },
  {
    what: 'a directive of drivers in an extension',
    rule: 'extension-is-complete',
    code: 1382,
    driver: changed([...EXTENSION, WITH_ID, ['CopyFiles = Gizmo_Files', 'CopyFiles = Gizmo_Files\nFeatureScore = F0']]),
    at: 'FeatureScore',
  },
  {
    what: 'a function driver in an extension',
    rule: 'extension-is-complete',
    code: 1383,
    driver: changed([...EXTENSION, WITH_ID]),
    at: 'AddService',
  },
  {
    what: 'both kinds of installation',
    rule: 'primitive-is-complete',
    code: 1212,
    driver: changed([], '[DefaultInstall.NTamd64]\nCopyFiles = Gizmo_Files\n'),
    at: '[DefaultInstall.NTamd64]',
  },
  {
    what: 'sections for devices',
    rule: 'primitive-is-complete',
    code: 1420,
    driver: changed(PRIMITIVE, '[DefaultInstall.NTamd64.HW]\nAddReg = Values\n[Values]\nHKR,,A,,b\n'),
    at: '[DefaultInstall.NTamd64.HW]',
  },
  {
    what: 'one section without architecture',
    rule: 'primitive-is-complete',
    code: 1421,
    driver: changed(PRIMITIVE, '[DefaultInstall]\nCopyFiles = Gizmo_Files\n'),
    at: '[DefaultInstall]',
  },
  {
    what: 'an uninstallation that is not for old versions only',
    rule: 'primitive-is-complete',
    code: 1422,
    driver: changed(PRIMITIVE, '[DefaultUninstall.NTamd64]\nDelFiles = Gizmo_Files\n'),
    at: '[DefaultUninstall.NTamd64]',
  },
  {
    what: 'no section with architecture',
    rule: 'primitive-is-complete',
    code: 1423,
    driver: changed([...PRIMITIVE.slice(0, 2), ['[Gizmo_Install.NT]', '[DefaultInstall]']]),
    at: '[DefaultInstall]',
  },
  {
    what: 'a filter without section',
    rule: 'components-are-well-formed',
    code: 1080,
    driver: add('Filters', 'AddFilter = gizmo'),
    at: 'AddFilter',
  },
  {
    what: 'a position that does not exist',
    rule: 'components-are-well-formed',
    code: 1081,
    driver: filter('FilterPosition = Middle'),
    at: 'FilterPosition',
  },
  {
    what: 'a filter twice',
    rule: 'components-are-well-formed',
    code: 1086,
    driver: add('Filters', 'AddFilter = gizmo,,F\nAddFilter = gizmo,,F\n[F]\nFilterPosition = Upper'),
    at: 'AddFilter@2',
  },
  {
    what: 'a filter with level and position',
    rule: 'components-are-well-formed',
    code: 1087,
    driver: filter('FilterLevel = Gizmo\nFilterPosition = Upper'),
    at: 'FilterPosition',
  },
  {
    what: 'a program by absolute path',
    rule: 'components-are-well-formed',
    code: 1141,
    driver: software('SoftwareType = 1\nSoftwareBinary = C:\\gizmo.exe\nSoftwareVersion = 1.0.0.0'),
    at: 'SoftwareBinary',
  },
  {
    what: 'an app without id',
    rule: 'components-are-well-formed',
    code: 1142,
    driver: software('SoftwareType = 2'),
    at: 'AddSoftware',
  },
  {
    what: 'a program',
    rule: 'components-are-well-formed',
    code: 1144,
    driver: software('SoftwareType = 1\nSoftwareBinary = %13%\\gizmo.sys\nSoftwareVersion = 1.0.0.0'),
    at: 'SoftwareType',
    mode: 'u',
  },
  {
    what: 'a component id with a backslash',
    rule: 'components-are-well-formed',
    code: 1150,
    driver: add('Components', 'AddComponent = gizmo,,C\n[C]\nComponentIDs = A\\B'),
    at: 'ComponentIDs',
  },
  {
    what: 'a threading model that does not exist',
    rule: 'components-are-well-formed',
    code: 1160,
    driver: add('COM', 'ThreadingModel = Loose'),
    at: 'ThreadingModel',
  },
  {
    what: 'an event log that does not exist',
    rule: 'components-are-well-formed',
    code: 1250,
    driver: driverOf(infWith('gizmo, 2, Gizmo_Service', 'gizmo, 2, Gizmo_Service, Gizmo_Log, Kernel\n[Gizmo_Log]')),
    at: 'AddService',
  },
  {
    what: 'a directive newer than the first Windows',
    rule: 'syntax-is-old-enough',
    code: 1199,
    driver: filter('FilterPosition = Upper'),
    at: 'AddFilter',
  },
  {
    what: 'a driver of another subsystem',
    rule: 'images-are-sound',
    driver: image({ subsystem: 3 }),
    severity: 'warning',
  },
  {
    what: 'a section that is written and run',
    rule: 'images-are-sound',
    driver: image({ sections: [{ name: '.text', characteristics: 0xe0000020 }] }),
    severity: 'warning',
  },
  {
    what: 'no symbols',
    rule: 'images-are-sound',
    driver: image({ symbolFile: 'D:\\build\\gizmo.pdb' }),
    severity: 'information',
  },
];
