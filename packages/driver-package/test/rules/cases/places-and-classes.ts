// Directives in their places, chains of Needs, and what single classes of devices must keep.
import { type Change, changed, installing, registering, type Violation } from './case.ts';

const CLASSES: Readonly<Record<string, string>> = {
  Display: '{4d36e968-e325-11ce-bfc1-08002be10318}',
  Camera: '{ca3e7ab9-b4c3-4ae6-8251-579ef933890f}',
};
const ofClass = (name: string): readonly Change[] => [
  ['= System', `= ${name}`],
  ['{4D36E97D-E325-11CE-BFC1-08002BE10318}', CLASSES[name] ?? ''],
];
const DIRECT_CAMERA: Change = ['%13%\\gizmo.sys', '%12%\\usbvideo.sys'];
const EFFECT = 'HKR,FX\\0,Effect,,{C9453E73-8C5C-4463-9984-AF8BAB2F5447}';
/** The wdf sections of the sound driver, with these lines in the section of the service. */
const wdf = (lines: string) =>
  changed(
    [],
    `[Gizmo_Install.NT.Wdf]\nUmdfService = gizmo, Gizmo_Umdf\nUmdfServiceOrder = gizmo\n[Gizmo_Umdf]\n${lines}\n`,
  );

export const PLACE_AND_CLASS_CASES: readonly Violation[] = [
  {
    what: 'a directive of Windows itself',
    rule: 'directives-are-in-place',
    code: 1208,
    driver: changed([], '[ControlFlags]\nBasicDriverOk = *\n'),
    at: 'BasicDriverOk',
  },
  {
    what: 'a service in the section of the device',
    rule: 'directives-are-in-place',
    code: 1290,
    driver: installing('AddService = gadget, 0, Gizmo_Service'),
    at: 'AddService',
  },
  {
    what: 'a filter in the section of services',
    rule: 'directives-are-in-place',
    code: 1290,
    driver: changed([['AddService = gizmo', 'AddFilter = gizmo,,Gizmo_Filter\nAddService = gizmo']]),
    at: 'AddFilter',
  },
  {
    what: 'a needed section with another ending',
    rule: 'includes-are-complete',
    code: 1312,
    driver: installing('Include = machine.inf\nNeeds = Parts.Services'),
    at: 'Needs',
  },
  {
    what: 'a chain that goes on with the ending of its second section',
    rule: 'includes-are-complete',
    code: 1310,
    driver: changed([], '[Gizmo_Install.NT.HW]\nNeeds = A.WMI\n[A.WMI]\nNeeds = B.WMI\n[B.WMI]\n'),
    at: 'Needs@2',
  },
  {
    what: 'a chain that goes on without ending',
    rule: 'includes-are-complete',
    code: 1311,
    driver: changed([], '[Gizmo_Install.NT.HW]\nNeeds = Parts\n[Parts]\nNeeds = More\n[More]\n'),
    at: 'Needs@2',
  },
  {
    what: 'a needed section of Windows that another section includes',
    rule: 'includes-are-complete',
    code: 1314,
    driver: installing(
      'Include = ks.inf\nNeeds = WDMAUDIO.Registration',
      '[Gizmo_Install.NT.HW]\nInclude = wdmaudio.inf\n',
    ),
    at: 'Needs',
  },
  {
    what: 'a needed section for a platform that is not there',
    rule: 'includes-are-complete',
    code: 1316,
    driver: installing('Needs = Nothing.NTamd64'),
    at: 'Needs',
  },
  {
    what: 'a device interface twice',
    rule: 'values-are-defined-once',
    code: 1086,
    driver: changed(
      [],
      `[Gizmo_Install.NT.Interfaces]\n${'AddInterface = {11111111-2222-3333-4444-555555555555}\n'.repeat(2)}`,
    ),
    at: 'AddInterface@2',
  },
  {
    what: 'a folder that cannot exist',
    rule: 'source-disks-are-complete',
    code: 1016,
    driver: changed([['gizmo.sys = 1', 'gizmo.sys = 1, what?']]),
    at: 'gizmo.sys =',
  },
  {
    what: 'a folder of a disk that cannot exist',
    rule: 'source-disks-are-complete',
    code: 1016,
    driver: changed([['1 = "Gizmo disk"', '1 = "Gizmo disk",,,a*b']]),
    at: '1 =',
  },
  {
    what: 'a mask of two bytes',
    rule: 'bit-masks-are-bytes',
    code: 1262,
    driver: registering('HKR,,Bits,1,0x100,0', 'BitReg'),
    at: 'HKR',
  },
  {
    what: 'a class of version 1 in a driver for version 2',
    rule: 'user-mode-services-are-listed',
    code: 1401,
    driver: wdf('UmdfLibraryVersion = 2.15.0\nDriverCLSID = {11111111-2222-3333-4444-555555555555}'),
    at: 'DriverCLSID',
  },
  {
    what: 'the name of a sample',
    rule: 'services-are-sound',
    code: 1017,
    driver: changed([['AddService = gizmo', 'AddService = Toaster']]),
    at: 'AddService',
  },
  {
    what: 'an audio processing object for the whole machine',
    rule: 'audio-effects-are-registered',
    code: 2660,
    driver: registering('HKCR,AudioEngine\\AudioProcessingObjects\\x,FriendlyName,,%Gizmo%'),
    at: 'HKCR',
    mode: 'h',
  },
  {
    what: 'an audio processing object in an INF of another class',
    rule: 'audio-effects-are-registered',
    code: 2661,
    driver: registering('HKR,AudioEngine\\AudioProcessingObjects\\x,FriendlyName,,%Gizmo%'),
    at: 'HKR',
    mode: 'w',
  },
  {
    what: 'effects of Windows without their INF',
    rule: 'audio-effects-are-registered',
    code: 2662,
    driver: registering(EFFECT),
    at: 'HKR',
    mode: 'w',
  },
  {
    what: 'effects of Windows that are not asked for',
    rule: 'audio-effects-are-registered',
    code: 2663,
    driver: installing('AddReg = Values', `[Values]\n${EFFECT}\n[Gizmo_Install.NT.HW]\nInclude = wdmaudio.inf\n`),
    at: 'HKR',
    mode: 'w',
  },
  {
    what: 'a display driver that starts early',
    rule: 'display-starts-on-demand',
    code: 2602,
    driver: changed([...ofClass('Display'), ['StartType     = 3', 'StartType     = 1']]),
    at: 'StartType',
  },
  {
    what: 'a service of usbvideo.sys',
    rule: 'camera-includes-usbvideo',
    code: 2650,
    driver: changed([...ofClass('Camera'), DIRECT_CAMERA]),
    at: 'ServiceBinary',
  },
  {
    what: 'a section of usbvideo.inf without the file',
    rule: 'camera-includes-usbvideo',
    code: 2651,
    driver: changed([...ofClass('Camera'), ['CopyFiles =', 'Include = ks.inf\nNeeds = USBVideo.NT\nCopyFiles =']]),
    at: 'Needs',
  },
  {
    what: 'usbvideo.inf without a section',
    rule: 'camera-includes-usbvideo',
    code: 2652,
    driver: changed([...ofClass('Camera'), ['CopyFiles =', 'Include = usbvideo.inf\nCopyFiles =']]),
    at: 'Include',
  },
  {
    what: 'device software of the store before there was any',
    rule: 'syntax-is-old-enough',
    code: 1199,
    driver: changed(
      [
        ['NTamd64, NTarm64.10.0...22000', 'NTamd64.10.0...15063'],
        ['[Gizmo.NTamd64]', '[Gizmo.NTamd64.10.0...15063]'],
      ],
      '[Gizmo_Install.NT.Software]\nAddSoftware = gizmo,,Gizmo_App\n[Gizmo_App]\nSoftwareType = 2\nSoftwareID = pfn://gizmo\n',
    ),
    at: 'SoftwareType',
  },
  {
    what: 'a trigger before there were any',
    rule: 'syntax-is-old-enough',
    code: 1199,
    driver: changed([['ServiceType   = 1', 'ServiceType   = 1\nAddTrigger = Gizmo_Trigger']]),
    at: 'AddTrigger',
  },
];

/** INFs that come close to breaking these rules and keep them: nothing of this rule is found in any mode. */
export const KEPT: readonly Pick<Violation, 'what' | 'rule' | 'driver'>[] = [
  {
    what: 'a directive in a section that other sections name',
    rule: 'directives-are-in-place',
    driver: changed([], '[Parts]\nAddService = gadget, 0, Gizmo_Service\n'),
  },
  {
    what: 'each directive at home',
    rule: 'directives-are-in-place',
    driver: changed(
      [],
      '[Gizmo_Install.NT.Interfaces]\nAddInterface = {a}\n[Gizmo_Install.NT.Filters]\nAddFilter = a,,B\n[DefaultInstall.NTamd64.Services]\nAddService = a,,B\n',
    ),
  },
  {
    what: 'a chain of one ending, which includes what it needs',
    rule: 'includes-are-complete',
    driver: changed(
      [],
      '[Gizmo_Install.NT.HW]\nNeeds = A.HW\n[A.HW]\nInclude = ks.inf, wdmaudio.inf\nNeeds = B.HW, Other.HW\n[B.HW]\n',
    ),
  },
  {
    what: 'sections of Windows in the section that includes them',
    rule: 'includes-are-complete',
    driver: installing('Include = ks.inf, wdmaudio.inf\nNeeds = KS.Registration, WDMAUDIO.Registration'),
  },
  {
    what: 'device interfaces with different references, and two devices without driver',
    rule: 'values-are-defined-once',
    driver: changed(
      [['AddService = gizmo, 2, Gizmo_Service', 'AddService = ,2\nAddService = ,2']],
      '[Gizmo_Install.NT.Interfaces]\nAddInterface = {a}, one\nAddInterface = {a}, two\nAddInterface = {b}\n',
    ),
  },
  {
    what: 'folders of files and disks',
    rule: 'source-disks-are-complete',
    driver: changed([
      ['gizmo.sys = 1', 'gizmo.sys = 1, x64\\drivers & more'],
      ['1 = "Gizmo disk"', '1 = "Gizmo disk",,,\\a'],
    ]),
  },
  {
    what: 'masks of one byte, with and without 0x',
    rule: 'bit-masks-are-bytes',
    driver: registering('HKR,,Bits,1,0xff,0\nHKR,,Bits,,80,1', 'BitReg'),
  },
  {
    what: 'a driver for version 2, and one that the build will give a version',
    rule: 'user-mode-services-are-listed',
    driver: wdf('UmdfLibraryVersion = $UMDFVERSION$\nServiceBinary = %13%\\gizmo.dll'),
  },
  {
    what: 'an audio processing object of its class',
    rule: 'audio-effects-are-registered',
    driver: changed(
      [
        ['= System', '= AudioProcessingObject'],
        ['{4D36E97D-E325-11CE-BFC1-08002BE10318}', '{5989fce8-9cd0-467d-8a6a-5419e31529d4}'],
        ['CopyFiles =', 'AddReg = Values\nCopyFiles ='],
      ],
      '[Values]\nHKR,AudioEngine\\AudioProcessingObjects\\x,FriendlyName,,%Gizmo%\n',
    ),
  },
  {
    what: 'effects of Windows from its INF',
    rule: 'audio-effects-are-registered',
    driver: installing(
      'Include = wdmaudio.inf\nNeeds = mssysfx.CopyFilesAndRegisterCapX\nAddReg = Values',
      `[Values]\n${EFFECT}\n`,
    ),
  },
  {
    what: 'a display driver that starts with its device',
    rule: 'display-starts-on-demand',
    driver: changed(ofClass('Display')),
  },
  {
    what: 'the same start type in another class',
    rule: 'display-starts-on-demand',
    driver: changed([['StartType     = 3', 'StartType     = 1']]),
  },
  {
    what: 'a camera with the driver of Windows',
    rule: 'camera-includes-usbvideo',
    driver: changed([
      ...ofClass('Camera'),
      ['CopyFiles =', 'Include = usbvideo.inf\nNeeds = USBVideo.NT\nCopyFiles ='],
    ]),
  },
  {
    what: 'a camera with a driver of its own',
    rule: 'camera-includes-usbvideo',
    driver: changed(ofClass('Camera')),
  },
  {
    what: 'directives for a Windows that has them',
    rule: 'syntax-is-old-enough',
    driver: changed(
      [
        ['NTamd64, NTarm64.10.0...22000', 'NTamd64.10.0...19041'],
        ['[Gizmo.NTamd64]', '[Gizmo.NTamd64.10.0...19041]'],
        ['ServiceType   = 1', 'ServiceType   = 1\nAddTrigger = Gizmo_Trigger'],
      ],
      '[Gizmo_Install.NT.Software]\nAddSoftware = gizmo,,Gizmo_App\n[Gizmo_App]\nSoftwareType = 2\nSoftwareID = pfn://gizmo\n',
    ),
  },
];
