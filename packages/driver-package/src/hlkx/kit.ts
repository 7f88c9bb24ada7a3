// Which kit a package comes from: the HLK (Windows 10 and later) or the HCK before it. Both write the same container.

export type HardwareKit = 'hlk' | 'hck' | 'unknown';

/** The first version of the HLK; kits before are HCKs, with the versions of Windows 8 and 8.1. */
const FIRST_HLK = 10;

/** By the version of the kit, and where that says nothing by the extension of the file's name. */
export function identifyKit(kitVersion: string | undefined, fileName = ''): HardwareKit {
  const major = /^([0-9]{1,5})(?:\.|$)/.exec(kitVersion ?? '')?.[1];
  if (major !== undefined) return Number(major) >= FIRST_HLK ? 'hlk' : 'hck';
  const extension = /\.(hlk|hck)x$/i.exec(fileName)?.[1]?.toLowerCase();
  return extension === 'hlk' || extension === 'hck' ? extension : 'unknown';
}
