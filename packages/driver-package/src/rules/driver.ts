// What rules look at: one driver folder with its files and its INFs, already read.
import type { InfDescription, InfDocument } from '../inf/index.ts';
import type { RequestedOperatingSystem } from '../operating-systems.ts';

export interface CheckedFile {
  /** Path inside the package, with `/`, the driver folder first. */
  readonly path: string;
  readonly kind: 'pe' | 'flat';
  /** Of an image: its machine, as a name (amd64, x64, …) or as the IMAGE_FILE_MACHINE value. */
  readonly machine?: string | number;
  /** Of an image: IMAGE_SUBSYSTEM value of the optional header. */
  readonly subsystem?: number;
  /** Of an image: its sections, with IMAGE_SCN_* characteristics. */
  readonly sections?: readonly { readonly name: string; readonly characteristics: number }[];
  /** Of an image: the name of its symbol file as the CodeView record of its debug directory gives it. */
  readonly symbolFile?: string;
}

export interface CheckedInf {
  /** Path inside the package, with `/`, the driver folder first. */
  readonly path: string;
  readonly document: InfDocument;
  readonly description: InfDescription;
}

export interface CheckedDriver {
  /** Name of the driver folder. */
  readonly folder: string;
  readonly files: readonly CheckedFile[];
  readonly infs: readonly CheckedInf[];
  /** The systems that signatures are requested for. */
  readonly operatingSystems: readonly RequestedOperatingSystem[];
  /** The day against which dates are held; dates are not held against any when absent. */
  readonly at?: Date;
}
