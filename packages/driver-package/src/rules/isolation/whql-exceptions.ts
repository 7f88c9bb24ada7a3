// What a WHQL signature still allows outside the isolation of a driver ("InfVerif /h"): a list that becomes shorter with
// each version of Windows.

/** Keys below HKLM, with everything under them. */
const KEYS = [
  'system\\currentcontrolset',
  'software\\classes',
  'software\\khronos',
  'software\\microsoft\\analog\\providers',
  'software\\microsoft\\cellular\\mvsettings\\devicespecific\\cellux',
  'software\\microsoft\\cryptography\\calais\\readers',
  'software\\microsoft\\cryptography\\calais\\smartcards',
  'software\\microsoft\\cryptography\\drm_rng',
  'software\\microsoft\\eapol',
  'software\\microsoft\\palm\\delaymanipulationduration',
  'software\\microsoft\\shell\\oem\\quickactions\\colorprofilequickaction',
  'software\\microsoft\\speech_onecore\\audioinput',
  'software\\microsoft\\windows media foundation',
  'software\\microsoft\\windows nt\\currentversion\\adaptivedisplaybrightness',
  'software\\microsoft\\windows nt\\currentversion\\drivers.desc',
  'software\\microsoft\\windows nt\\currentversion\\drivers32',
  'software\\microsoft\\windows nt\\currentversion\\icm',
  'software\\microsoft\\windows nt\\currentversion\\opengldrivers',
  'software\\microsoft\\windows nt\\currentversion\\winlogon\\notify\\sccertprop',
  'software\\microsoft\\windows\\currentversion\\app paths',
  'software\\microsoft\\windows\\currentversion\\audio',
  'software\\microsoft\\windows\\currentversion\\authentication',
  'software\\microsoft\\windows\\currentversion\\control panel',
  'software\\microsoft\\windows\\currentversion\\controls folder',
  'software\\microsoft\\windows\\currentversion\\explorer',
  'software\\microsoft\\windows\\currentversion\\reliability\\userdefined',
  'software\\microsoft\\windows\\currentversion\\run',
  'software\\microsoft\\windows\\currentversion\\runonce',
  'software\\microsoft\\windows\\currentversion\\uninstall',
  'software\\wow6432node\\microsoft\\windows media foundation',
  'software\\wow6432node\\khronos',
  'software\\wowaa32node\\microsoft\\windows media foundation',
  'software\\wowaa32node\\khronos',
];
const FOLDERS = new Set([
  10, 11, 12, 23, 51, 52, 55, 16422, 16425, 16426, 16427, 16428, 66000, 66001, 66002, 66003, 66004,
]);

export function isAllowedKey(root: string, subkey: string): boolean {
  if (root === 'HKCR') return true;
  const wanted = subkey.toLowerCase();
  return root === 'HKLM' && KEYS.some((key) => wanted === key || wanted.startsWith(`${key}\\`));
}

export function isAllowedFolder(id: number): boolean {
  return FOLDERS.has(id);
}
