// `assay config`: the profiles of this user.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { refuseExisting } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { addOutputOptions, type OutputOptions, printResult } from '../output.ts';
import {
  BUILT_IN_PROFILES,
  type ConfigFile,
  changeProfile,
  findProfile,
  PROFILE_SETTINGS,
  type Profile,
  type ProfileSetting,
  profileNames,
  readConfigFile,
  requireConfigPath,
  requireProfileName,
  writeConfigFile,
} from '../profiles/config-file.ts';
import { readSecretFile } from '../profiles/identities.ts';

interface ProfileOption {
  readonly profile?: string;
}

interface SetOptions extends ProfileOption {
  readonly secretStdin?: boolean;
  readonly secretFile?: string;
  readonly secretVariable?: string;
}

const usage = (message: string, remedy?: string): CommandError => new CommandError(EXIT.usage, message, remedy);

async function readConfig(): Promise<{ path: string; config: ConfigFile }> {
  const path = requireConfigPath(process.env);
  return { path, config: await readConfigFile(path) };
}

/** The profile that a command is about when it does not name one. */
function usedProfile(config: ConfigFile): string | undefined {
  return process.env.ASSAY_PROFILE || config.use;
}

function profileOf(options: ProfileOption, config: ConfigFile): string {
  const name = options.profile ?? usedProfile(config);
  if (name === undefined) throw usage('No profile is named, and none is used.', 'Pass --profile NAME.');
  return requireProfileName(name);
}

function requireSetting(name: string): ProfileSetting {
  if (Object.hasOwn(PROFILE_SETTINGS, name)) return name as ProfileSetting;
  throw usage(`"${name}" is no setting.`, `Settings are: ${Object.keys(PROFILE_SETTINGS).join(', ')}.`);
}

/** Throws CommandError when the profile's settings are not the user's to choose. */
function requireOwnSettings(name: string, settings: readonly string[]): void {
  if (name === 'local') {
    throw usage(
      'The profile "local" is the credentials file of the data folder; it has no settings.',
      'Choose another with --data DIR or --credentials FILE, or make a profile of another name.',
    );
  }
  if (name === 'microsoft' && settings.some((setting) => setting === 'url' || setting === 'authority')) {
    throw usage('The endpoints of the profile "microsoft" are fixed.', 'Make a profile of another name.');
  }
}

function parsePairs(pairs: readonly string[]): Profile {
  const settings: Partial<Record<ProfileSetting, string>> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1 || at === pair.length - 1) throw usage(`"${pair}" is not KEY=VALUE.`);
    const key = requireSetting(pair.slice(0, at));
    const value = pair.slice(at + 1);
    if (key === 'clientSecret') {
      throw usage(
        'The secret itself is not taken from the command line, where others see it.',
        'Use --secret-stdin, --secret-file FILE or --secret-variable NAME.',
      );
    }
    if ((key === 'url' || key === 'authority') && !/^https?:$/.test(URL.parse(value)?.protocol ?? '')) {
      throw usage(`${key} is not a URL that begins with http:// or https://: ${value}`);
    }
    settings[key] = key.endsWith('File') ? resolve(value) : value;
  }
  return settings;
}

async function secretSettings(options: SetOptions): Promise<Profile> {
  const { secretFile, secretVariable, secretStdin } = options;
  if ([secretFile, secretVariable, secretStdin].filter((given) => given !== undefined).length > 1) {
    throw usage('Only one of --secret-stdin, --secret-file and --secret-variable can be given.');
  }
  if (secretFile !== undefined) return { clientSecretFile: resolve(secretFile) };
  if (secretVariable !== undefined) return { clientSecretVariable: secretVariable };
  if (secretStdin !== true) return {};
  const secret = await readSecretFile('-');
  if (secret === '') throw usage('Standard input holds no secret.');
  return { clientSecret: secret };
}

async function set(pairs: readonly string[], options: SetOptions): Promise<void> {
  const { path, config } = await readConfig();
  const name = profileOf(options, config);
  const pairSettings = parsePairs(pairs);
  requireOwnSettings(name, Object.keys(pairSettings));
  const changes = { ...pairSettings, ...(await secretSettings(options)) };
  if (Object.keys(changes).length === 0) throw usage('Nothing to set.', 'Pass KEY=VALUE or a --secret-… option.');
  const profile = changeProfile(config.profiles[name] ?? {}, changes);
  await writeConfigFile(path, { ...config, profiles: { ...config.profiles, [name]: profile } });
}

async function unset(keys: readonly string[], options: ProfileOption): Promise<void> {
  const { path, config } = await readConfig();
  const name = profileOf(options, config);
  const gone = new Set<string>(keys.map(requireSetting));
  const profile = Object.entries(config.profiles[name] ?? {}).filter(([key]) => !gone.has(key));
  await writeConfigFile(path, { ...config, profiles: { ...config.profiles, [name]: Object.fromEntries(profile) } });
}

async function remove(name: string): Promise<void> {
  const { path, config } = await readConfig();
  if (!Object.hasOwn(config.profiles, name)) throw usage(`The file has no profile ${name}.`);
  const { [name]: _removed, ...profiles } = config.profiles;
  const { use: used, ...rest } = config;
  await writeConfigFile(path, { ...rest, ...(used === undefined || used === name ? {} : { use: used }), profiles });
}

async function use(name: string | undefined, options: { readonly none?: boolean }): Promise<void> {
  const { path, config } = await readConfig();
  if ((name === undefined) === (options.none !== true)) throw usage('Pass the name of a profile, or --none.');
  const { use: _used, ...rest } = config;
  if (name !== undefined) findProfile(config, name, path);
  await writeConfigFile(path, name === undefined ? rest : { use: name, ...rest });
}

async function init(options: { readonly force?: boolean }): Promise<void> {
  const path = requireConfigPath(process.env);
  await refuseExisting(path, options.force === true);
  await writeConfigFile(path, { profiles: {} });
  process.stdout.write(`${path}\n`);
}

async function list(options: OutputOptions): Promise<void> {
  const { path, config } = await readConfig();
  const used = usedProfile(config);
  const profiles = profileNames(config).map((name) => {
    const { url, tenantId, clientId } = findProfile(config, name, path);
    const builtIn = (BUILT_IN_PROFILES as readonly string[]).includes(name);
    return { name, used: name === used, builtIn, url, tenantId, clientId };
  });
  const rows = profiles.map((profile) => [
    profile.used ? '*' : '',
    profile.name,
    profile.name === 'local' ? '(credentials file of the data folder)' : profile.url,
    profile.tenantId,
    profile.clientId,
  ]);
  await printResult(profiles, { headings: ['', 'PROFILE', 'SERVICE', 'TENANT', 'CLIENT'], rows }, options);
}

async function show(name: string | undefined, options: OutputOptions): Promise<void> {
  const { path, config } = await readConfig();
  const wanted = profileOf(name === undefined ? {} : { profile: name }, config);
  const profile = findProfile(config, wanted, path);
  const shown = { name: wanted, ...profile, ...(profile.clientSecret === undefined ? {} : { clientSecret: '***' }) };
  await printResult(shown, { fields: shown }, options);
}

export function configCommand(): Command {
  const settings = Object.entries(PROFILE_SETTINGS)
    .map(([name, meaning]) => `  ${name.padEnd(34)}${meaning}`)
    .join('\n');
  const withProfile = (command: Command): Command =>
    command.option('--profile <name>', 'the profile (else the one that is used)');
  return new Command('config')
    .addCommand(
      new Command('path').description('print where the file is').action(() => {
        process.stdout.write(`${requireConfigPath(process.env)}\n`);
      }),
    )
    .addCommand(addOutputOptions(new Command('list').description('list the profiles')).action(list))
    .addCommand(
      addOutputOptions(new Command('show').description('show a profile, without its secret'))
        .argument('[profile]', 'the profile (else the one that is used)')
        .action(show),
    )
    .addCommand(
      new Command('init')
        .description('make the file, without profiles of your own')
        .option('--force', 'replace the file that is there')
        .action(init),
    )
    .addCommand(
      withProfile(new Command('set').description('set settings of a profile, which is made when there is none'))
        .argument('[key=value...]', 'settings')
        .option('--secret-stdin', 'keep the client secret itself in the file; it is read from standard input')
        .option('--secret-file <file>', 'take the client secret from this file each time')
        .option('--secret-variable <name>', 'take the client secret from this environment variable each time')
        .action(set),
    )
    .addCommand(
      withProfile(new Command('unset').description('take settings of a profile away'))
        .argument('<key...>', 'names of settings')
        .action(unset),
    )
    .addCommand(new Command('remove').description('remove a profile').argument('<profile>').action(remove))
    .addCommand(
      new Command('use')
        .description('use this profile where none is named and the environment has no credentials')
        .argument('[profile]')
        .option('--none', 'use none')
        .action(use),
    )
    .addHelpText(
      'after',
      `\nSettings:\n${settings}\n\nExamples:\n  assay config set --profile staging url=https://assay.example tenantId=TENANT clientId=CLIENT --secret-file secret.txt\n  assay config use staging\n  assay config show`,
    );
}
