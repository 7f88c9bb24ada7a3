// Where the values of options and operands come from when commander has no choices for them. Each loads what it needs only when
// it is asked.
import type { Option } from 'commander';
import { type Candidate, type Completion, FILES, NOTHING } from './completion.ts';

/** The values for a word that was begun; which of them fit is for the caller to see. */
export type ValueSource = (current: string) => Promise<Completion>;

async function profiles(): Promise<Completion> {
  const { configPath, isProfileName, profileNames, readConfigFile } = await import('../profiles/config-file.ts');
  const config = await readConfigFile(configPath(process.env));
  return {
    // Nothing else in the file may get into the line that the user is about to run.
    candidates: profileNames(config)
      .filter(isProfileName)
      .map((value) => {
        const url = config.profiles[value]?.url;
        return { value, ...(url === undefined ? {} : { description: url }) };
      }),
  };
}

async function settings(): Promise<readonly Candidate[]> {
  const { PROFILE_SETTINGS } = await import('../profiles/config-file.ts');
  return Object.entries(PROFILE_SETTINGS).map(([value, description]) => ({ value, description }));
}

/** `KEY=`, after which the value is the user's. */
async function assignments(current: string): Promise<Completion> {
  if (current.includes('=')) return /File=/.test(current) ? FILES : NOTHING;
  const candidates = (await settings()).filter(({ value }) => value !== 'clientSecret');
  return { candidates: candidates.map((setting) => ({ ...setting, value: `${setting.value}=` })), noSpace: true };
}

/** Codes of operating systems, one after the other with commas between them. */
async function systemCodes(current: string): Promise<Completion> {
  const { OPERATING_SYSTEMS } = await import('@assay/hardware-api');
  const prefix = current.slice(0, current.lastIndexOf(',') + 1);
  const chosen = new Set(prefix.split(','));
  const candidates = OPERATING_SYSTEMS.filter(({ code, status }) => status !== 'rejected' && !chosen.has(code)).map(
    ({ code, description }) => ({ value: prefix + code, description }),
  );
  return { candidates, noSpace: true };
}

async function faults(current: string): Promise<Completion> {
  if (current.includes(':')) return NOTHING;
  const { FAULT_NAMES } = await import('@assay/server');
  return { candidates: FAULT_NAMES.map((value) => ({ value })), noSpace: true };
}

const nothing: ValueSource = async () => NOTHING;
const files: ValueSource = async () => FILES;

/** Options whose values are known, by their long name. */
const OPTION_SOURCES: Readonly<Record<string, ValueSource>> = {
  '--profile': profiles,
  '--signatures': systemCodes,
  '--fault': faults,
};

/** Operands whose values are known, by the name that the command gives them. */
const ARGUMENT_SOURCES: Readonly<Record<string, ValueSource>> = {
  profile: profiles,
  'key=value': assignments,
  key: async () => ({ candidates: await settings() }),
};

/** Names of values that are files or folders: in options and operands alike. */
const FILE_NAME = /file|dir|folder|path|package|image|catalog|signature$|^value$|^inf|cab|command|^out/i;

function nameOfValue(option: Option): string {
  return /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? '';
}

export function optionSource(option: Option): ValueSource {
  const known = OPTION_SOURCES[option.long ?? ''];
  return known ?? (FILE_NAME.test(nameOfValue(option)) ? files : nothing);
}

export function argumentSource(name: string): ValueSource {
  return ARGUMENT_SOURCES[name] ?? (FILE_NAME.test(name) ? files : nothing);
}
