// What other programs make of a PDF.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../pipeline/running-service.ts';

const PACKAGES = {
  pdftotext: ['poppler-utils', '-v'],
  qpdf: ['qpdf', '--version'],
  xmllint: ['libxml2-utils', '--version'],
} as const;

/** Whether the program is there; the test is skipped when it is not. */
export function requireProgram(t: TestContext, program: keyof typeof PACKAGES): boolean {
  const [packageName, flag] = PACKAGES[program];
  try {
    execFileSync(program, [flag], { stdio: 'ignore' });
    return true;
  } catch {
    t.skip(`${program} is not installed: apt-get install ${packageName}`);
    return false;
  }
}

/** Writes the bytes into a file that is gone when the test is over. */
export function asFile(t: TestContext, name: string, bytes: string | Uint8Array): string {
  const file = join(temporaryFolder(t), name);
  writeFileSync(file, bytes);
  return file;
}

/** The text of a PDF as one line, so that it does not matter where lines were broken. */
export function textOf(t: TestContext, pdf: Uint8Array): string {
  const options = { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  return execFileSync('pdftotext', ['-raw', asFile(t, 'report.pdf', pdf), '-'], options).replace(/\s+/g, ' ');
}
