// The file in which a user keeps profiles: each says where a service is and who we are to it. A profile names the file or the
// variable that holds its secret; the secret itself is in it only when `assay config set --secret-stdin` was asked to.
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { writeAtomically } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Profiles that are always there. `local` is the credentials.json of the data folder and holds nothing of its own. */
export const BUILT_IN_PROFILES = ['microsoft', 'local'] as const;

export const MICROSOFT = {
  url: 'https://manage.devcenter.microsoft.com',
  authority: 'https://login.microsoftonline.com',
} as const;

/** The settings of a profile that belong to its credential, by the kind of credential; a profile has one kind. */
const CREDENTIAL_SETTINGS = {
  secret: ['clientSecret'],
  secretFile: ['clientSecretFile'],
  secretVariable: ['clientSecretVariable'],
  certificate: ['clientCertificateFile', 'clientCertificatePasswordFile', 'clientCertificatePasswordVariable'],
  federated: ['federatedTokenFile'],
} as const;

/** Every setting of a profile and what it is. */
export const PROFILE_SETTINGS = {
  url: 'root of the service',
  authority: 'authority host that gives tokens; the service itself unless given',
  tenantId: 'tenant of the account',
  clientId: 'client id of the application',
  clientSecret: 'the client secret itself; only from standard input, with --secret-stdin',
  clientSecretFile: 'file that holds the client secret',
  clientSecretVariable: 'environment variable that holds the client secret',
  clientCertificateFile: 'certificate and private key: PEM or PKCS#12',
  clientCertificatePasswordFile: 'file that holds the password of the certificate file',
  clientCertificatePasswordVariable: 'environment variable that holds the password of the certificate file',
  federatedTokenFile: 'file with a token of a workload identity, read anew for each sign-in',
} as const;
export type ProfileSetting = keyof typeof PROFILE_SETTINGS;
export type Profile = Readonly<Partial<Record<ProfileSetting, string>>>;

export interface ConfigFile {
  /** The profile that counts when none is named. */
  readonly use?: string;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether this can be the name of a profile. */
export function isProfileName(name: string): boolean {
  return PROFILE_NAME.test(name);
}

/** Throws CommandError when this cannot be the name of a profile. */
export function requireProfileName(name: string): string {
  if (isProfileName(name)) return name;
  throw new CommandError(EXIT.usage, `"${name}" is no name of a profile: letters, digits, ".", "_" and "-" are.`);
}

/** The file's place: ASSAY_CONFIG, else the user's folder for settings. Undefined when there is no such folder. */
export function configPath(environment: Environment, platform: NodeJS.Platform = process.platform): string | undefined {
  if (environment.ASSAY_CONFIG) return environment.ASSAY_CONFIG;
  const home = environment.HOME || undefined;
  const inHome = (...parts: string[]) => (home === undefined ? undefined : join(home, ...parts));
  const folder =
    platform === 'win32'
      ? environment.APPDATA || inHome('AppData', 'Roaming')
      : environment.XDG_CONFIG_HOME ||
        (platform === 'darwin' ? inHome('Library', 'Application Support') : inHome('.config'));
  return folder === undefined ? undefined : join(folder, 'assay', 'config.json');
}

/** As configPath, for commands that cannot do without. */
export function requireConfigPath(environment: Environment): string {
  const path = configPath(environment);
  if (path !== undefined) return path;
  throw new CommandError(EXIT.usage, 'This user has no folder for settings.', 'Set ASSAY_CONFIG to a file.');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseProfile(where: string, value: unknown): Profile {
  if (!isRecord(value)) throw new CommandError(EXIT.usage, `${where} is no JSON object.`);
  for (const [name, setting] of Object.entries(value)) {
    if (!Object.hasOwn(PROFILE_SETTINGS, name)) {
      const known = Object.keys(PROFILE_SETTINGS).join(', ');
      throw new CommandError(EXIT.usage, `${where} has "${name}", which is no setting.`, `Settings are: ${known}.`);
    }
    if (typeof setting !== 'string') throw new CommandError(EXIT.usage, `"${name}" of ${where} is no text.`);
  }
  return value as Profile;
}

/** Reads the file; no file is no profiles. Throws CommandError that names what is wrong in it. */
export async function readConfigFile(path: string | undefined): Promise<ConfigFile> {
  let text: string;
  try {
    if (path === undefined) return { profiles: {} };
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return { profiles: {} };
    throw error;
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    content = undefined;
  }
  if (!isRecord(content)) throw new CommandError(EXIT.usage, `${path} holds no JSON object.`);
  const { use, profiles = {} } = content;
  if (use !== undefined && typeof use !== 'string') throw new CommandError(EXIT.usage, `"use" of ${path} is no text.`);
  if (!isRecord(profiles)) throw new CommandError(EXIT.usage, `"profiles" of ${path} is no JSON object.`);
  const parsed = Object.entries(profiles).map(([name, value]) => [
    name,
    parseProfile(`Profile ${name} of ${path}`, value),
  ]);
  return { ...(use === undefined ? {} : { use }), profiles: Object.fromEntries(parsed) };
}

/** Replaces the file as a whole; only its owner can read it. */
export async function writeConfigFile(path: string, config: ConfigFile): Promise<void> {
  await writeAtomically(path, true, async (handle) => {
    await handle.chmod(0o600);
    await handle.writeFile(`${JSON.stringify(config, null, 2)}\n`);
  });
}

/** Names of the profiles that can be used: the built-in ones, then one's own. */
export function profileNames(config: ConfigFile): string[] {
  return [...new Set([...BUILT_IN_PROFILES, ...Object.keys(config.profiles)])];
}

/**
 * The settings of a profile, with those of the built-in ones and with paths that are whole. Throws CommandError when there is
 * no such profile, and when an authority has no service to belong to.
 */
export function findProfile(config: ConfigFile, name: string, path: string | undefined): Profile {
  const own = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
  if (own === undefined && name !== 'microsoft' && name !== 'local') {
    throw new CommandError(
      EXIT.usage,
      `There is no profile ${name}.`,
      `Profiles are: ${profileNames(config).join(', ')}. Make one with: assay config set --profile ${name} url=URL`,
    );
  }
  const folder = path === undefined ? '.' : dirname(resolve(path));
  const profile = Object.fromEntries(
    Object.entries(own ?? {}).map(([key, value]) => [
      key,
      key.endsWith('File') && !isAbsolute(value) ? join(folder, value) : value,
    ]),
  ) as Profile;
  if (profile.authority !== undefined && profile.url === undefined && name !== 'microsoft') {
    throw new CommandError(
      EXIT.usage,
      `Profile ${name} has an authority but no url.`,
      `Run: assay config set --profile ${name} url=URL`,
    );
  }
  return name === 'microsoft' ? { ...profile, ...MICROSOFT } : profile;
}

/** A profile with other settings: a credential takes the place of any of another kind. */
export function changeProfile(profile: Profile, changes: Profile): Profile {
  const kinds = Object.values(CREDENTIAL_SETTINGS) as readonly (readonly ProfileSetting[])[];
  const kept: Partial<Record<ProfileSetting, string>> = { ...profile };
  for (const kind of kinds) {
    if (!kind.some((setting) => changes[setting] !== undefined)) continue;
    for (const other of kinds) if (other !== kind) for (const setting of other) delete kept[setting];
  }
  return { ...kept, ...changes };
}
