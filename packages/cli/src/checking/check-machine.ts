// Checks of this machine: Node, the data folder, who can read the secrets, and how long the certificates last.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Certificate, ParseError, parsePemCertificates, readPkcs12 } from '@assay/authenticode';
import type { CredentialsFile } from '../credentials.ts';
import { type CheckResult, fail, ok, warn } from './check-result.ts';

const MINIMUM_NODE = 24;
const DAY_MS = 86_400_000;
/** Certificates that end sooner than this are worth a warning. */
const SOON_DAYS = 30;

export function checkNode(version: string): CheckResult {
  const major = Number(version.replace(/^v/, '').split('.')[0]);
  return major >= MINIMUM_NODE
    ? ok('node', version)
    : fail(
        'node',
        `${version} is too old`,
        `Install Node ${MINIMUM_NODE} or newer, or run "npx assay" in the project.`,
      );
}

/** Whether others than the owner can reach a path. Windows has no such modes. */
async function checkPrivate(name: string, path: string): Promise<CheckResult> {
  const { mode } = await stat(path);
  const open = process.platform !== 'win32' && (mode & 0o077) !== 0;
  return open
    ? fail(name, `${path} can be read by others (mode ${(mode & 0o777).toString(8)})`, `Run: chmod go-rwx ${path}`)
    : ok(name, path);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The data folder and the files in it that hold secrets. */
export async function checkDataDirectory(directory: string): Promise<CheckResult[]> {
  if (!(await isThere(directory))) {
    return [
      warn(
        'data folder',
        `there is none at ${directory}`,
        'Start "assay serve" to make one, or pass --data. Not needed for a service elsewhere.',
      ),
    ];
  }
  const results = [ok('data folder', directory)];
  for (const [name, file] of [
    ['credentials file', 'credentials.json'],
    ['submission certificate file', 'submission.p12'],
    ['key folder', 'keys'],
  ] as const) {
    const path = join(directory, file);
    if (await isThere(path)) results.push(await checkPrivate(name, path));
    else if (file === 'credentials.json') {
      results.push(
        warn(name, `there is no ${path}`, 'Start "assay serve" with this data folder once; it writes the file.'),
      );
    }
  }
  return results;
}

function checkExpiry(name: string, certificate: Certificate, remedy: string, now: Date): CheckResult {
  const days = Math.floor((certificate.notAfter.getTime() - now.getTime()) / DAY_MS);
  const detail = `${certificate.commonName ?? certificate.subject}, until ${certificate.notAfter.toISOString().slice(0, 10)}`;
  if (certificate.notBefore > now) return fail(name, `${detail}: not yet valid`, 'Set the clock of this machine.');
  if (days < 0) return fail(name, `${detail}: expired`, remedy);
  return days < SOON_DAYS ? warn(name, `${detail}: ${days} days left`, remedy) : ok(name, detail);
}

/** The CA in the data folder, when there is one. */
export async function checkAuthorityCertificate(directory: string, now = new Date()): Promise<CheckResult[]> {
  const path = join(directory, 'ca.pem');
  const name = 'CA certificate';
  if (!(await isThere(path))) return [];
  try {
    return parsePemCertificates(await readFile(path, 'utf8')).map((certificate) =>
      checkExpiry(
        name,
        certificate,
        'Make a new data folder, or renew the CA, and trust it on your machines again.',
        now,
      ),
    );
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return [fail(name, `${path}: ${error.message}`, 'Restore the file from a backup.')];
  }
}

/** The certificate that packages are signed with, as the credentials file names it. */
export async function checkSubmissionCertificate(file: CredentialsFile, now = new Date()): Promise<CheckResult[]> {
  const name = 'submission certificate';
  const { submissionCertificate: path, submissionCertificatePassword: password } = file;
  if (path === undefined || password === undefined) return [];
  const remedy = 'Restore the file, or register another certificate for the account.';
  if (!(await isThere(path))) return [fail(name, `there is no ${path}`, remedy)];
  try {
    const { certificate } = readPkcs12(await readFile(path), password);
    return [checkExpiry(name, certificate, 'Make and register a new submission certificate.', now)];
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return [fail(name, `${path} cannot be opened: ${error.message}`, remedy)];
  }
}
