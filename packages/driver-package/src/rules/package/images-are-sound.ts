// What the images of a package are made like: kernel-mode drivers are native, no section is writable and executable, and
// their symbols are there ("Attestation sign Windows drivers" asks for .pdb files; driver verification for the rest).
import type { DriverRule, Fault } from '../rule.ts';

const NOT_NATIVE: Fault = {
  severity: 'warning',
  what: 'A .sys file has not the subsystem of kernel-mode drivers.',
  why: 'Windows loads only images of the native subsystem into the kernel.',
  remedy: 'Link with /SUBSYSTEM:NATIVE.',
};
const WRITABLE_CODE: Fault = {
  severity: 'warning',
  what: 'A section of an image is both writable and executable.',
  why: 'Such images are not compatible with memory integrity, and Windows does not load them where it is on.',
  remedy: 'Keep code and data in sections of their own.',
};
const NO_SYMBOLS: Fault = {
  severity: 'information',
  what: 'The symbol file of an image is not in the package.',
  why: 'With it crashes of the driver can be traced to their cause.',
  remedy: 'Add the .pdb file of the same build to the driver folder.',
};

const NATIVE = 1;
const EXECUTE = 0x20000000;
const WRITE = 0x80000000;
/** Discardable sections are gone when the driver runs. */
const DISCARDABLE = 0x02000000;

export const imagesAreSound: DriverRule = {
  id: 'images-are-sound',
  faults: [NOT_NATIVE, WRITABLE_CODE, NO_SYMBOLS],
  *check({ files }) {
    const names = new Set(files.map(({ path }) => baseName(path)));
    for (const { path, kind, subsystem, sections = [], symbolFile } of files) {
      if (kind !== 'pe') continue;
      if (/\.sys$/iu.test(path) && subsystem !== undefined && subsystem !== NATIVE) {
        yield { fault: NOT_NATIVE, file: path, summary: `"${path}" has the subsystem ${subsystem}.` };
      }
      for (const { name, characteristics } of sections) {
        const isOpen = (characteristics & EXECUTE) !== 0 && (characteristics & WRITE) !== 0;
        if (!isOpen || (characteristics & DISCARDABLE) !== 0) continue;
        yield { fault: WRITABLE_CODE, file: path, summary: `Section ${name} of "${path}" is writable and executable.` };
      }
      if (symbolFile === undefined || names.has(baseName(symbolFile))) continue;
      yield { fault: NO_SYMBOLS, file: path, summary: `"${baseName(symbolFile)}" of "${path}" is not in the package.` };
    }
  },
};

function baseName(path: string): string {
  return path.slice(path.search(/[^\\/]*$/u)).toLowerCase();
}
