// The file in which the operator describes signing profiles. Every fault is named with its place: a property that is misspelt
// must not silently mean another key or no time stamp. Passwords and PINs stand in files of their own.
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { KeyLocation } from '@assay/key-stores';
import {
  PROFILE_DIGESTS,
  SIGNING_PROFILES,
  SigningProfileError,
  type SigningProfileOptions,
  type SigningProfilesOptions,
} from './profiles.ts';

/** How the value of a property is read: gives what it stands for, or adds to the faults and gives undefined. */
type Reader = (value: unknown, place: string, faults: string[]) => unknown;

interface Property {
  readonly read: Reader;
  readonly needed?: boolean;
}

type Properties = Readonly<Record<string, Property>>;

function list(words: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(words.map((word) => `"${word}"`));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the properties that are there; names those that are missing or not known. */
function readProperties(value: unknown, place: string, properties: Properties, faults: string[]): unknown {
  if (!isObject(value)) {
    faults.push(`${place} must be an object.`);
    return undefined;
  }
  const result: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) {
      faults.push(`${place}.${name} is not known; allowed are ${list(Object.keys(properties))}.`);
    } else {
      result[name] = property.read(given, `${place}.${name}`, faults);
    }
  }
  for (const [name, { needed = false }] of Object.entries(properties)) {
    if (needed && !(name in value)) faults.push(`${place}.${name} is missing.`);
  }
  return result;
}

function reader(accepts: (value: unknown) => boolean, expected: string): Reader {
  return (value, place, faults) => {
    if (!accepts(value)) faults.push(`${place} must be ${expected}.`);
    return value;
  };
}

const oneOf = (values: readonly unknown[]): Reader =>
  reader((value) => values.includes(value), `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`);

const text = reader((value) => typeof value === 'string' && value.trim() !== '', 'a text');
const flag = reader((value) => typeof value === 'boolean', 'true or false');

function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);
}

/** Signatures hold addresses in ASCII only. */
const webAddress = reader(
  (value) => isWebAddress(value) && /^[\x21-\x7e]+$/.test(value),
  'an http or https address in ASCII',
);
const vaultAddress = reader((value) => typeof value === 'string' && /^https:\/\//i.test(value), 'an https address');
const slot = reader((value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a number of a slot');
const hexadecimal = reader(
  (value) => typeof value === 'string' && /^(?:[0-9a-f]{2})+$/i.test(value),
  'hexadecimal digits in pairs',
);

const timestampUrls: Reader = (value, place, faults) => {
  if (value === 'built-in' || value === 'none') return value;
  if (!Array.isArray(value) || value.length === 0) {
    faults.push(`${place} must be "built-in", "none", or a list of addresses that are asked in this order.`);
    return value;
  }
  for (const [index, item] of value.entries()) {
    if (item !== 'built-in' && !isWebAddress(item)) {
      faults.push(`${place}[${index}] must be an http or https address, or "built-in".`);
    }
  }
  return value;
};

/** A file, from the folder of the configuration. */
const fileFrom =
  (folder: string): Reader =>
  (value, place, faults) => {
    text(value, place, faults);
    return typeof value === 'string' ? resolve(folder, value) : value;
  };

/** A module: a file, or a bare name that the system's loader finds. */
const moduleFrom =
  (folder: string): Reader =>
  (value, place, faults) => {
    text(value, place, faults);
    if (typeof value !== 'string' || isAbsolute(value) || !/[/\\]/.test(value)) return value;
    return resolve(folder, value);
  };

/** The properties of a key by where it lives. Those that name the file of a secret end in `File`, see SECRETS. */
function keyKinds(folder: string): Readonly<Record<KeyLocation['kind'], Properties>> {
  const file = { read: fileFrom(folder) };
  const kind = { read: text, needed: true };
  return {
    pkcs12: { kind, file: { ...file, needed: true }, passwordFile: { ...file, needed: true } },
    pem: {
      kind,
      keyFile: { ...file, needed: true },
      certificateFile: { ...file, needed: true },
      passwordFile: file,
    },
    pkcs11: {
      kind,
      module: { read: moduleFrom(folder), needed: true },
      tokenLabel: { read: text },
      tokenSerial: { read: text },
      tokenModel: { read: text },
      tokenManufacturer: { read: text },
      slot: { read: slot },
      pinFile: file,
      keyLabel: { read: text },
      keyId: { read: hexadecimal },
      certificateFile: file,
    },
    keyVault: { kind, url: { read: vaultAddress, needed: true }, certificateFile: file },
  };
}

/** Secrets that somebody may be tempted to write into the file itself. */
const SECRETS: Readonly<Record<string, string>> = { password: 'passwordFile', pin: 'pinFile' };

const keyFrom =
  (folder: string): Reader =>
  (value, place, faults) => {
    if (value === 'built-in') return value;
    const kinds = keyKinds(folder);
    const names = Object.keys(kinds);
    if (!isObject(value)) {
      faults.push(`${place} must be "built-in", or an object whose "kind" is one of ${list(names)}.`);
      return value;
    }
    const { kind } = value;
    if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
      faults.push(`${place}.kind must be one of ${list(names)}.`);
      return value;
    }
    const properties = kinds[kind as KeyLocation['kind']];
    const secret = Object.entries(SECRETS).find(([name, inFile]) => name in value && inFile in properties);
    if (secret === undefined) return readProperties(value, place, properties, faults);
    const [name, inFile] = secret;
    faults.push(
      `${place}.${name}: secrets do not stand in this file. Put it into a file of its own and name that as "${inFile}".`,
    );
    return value;
  };

function profileProperties(folder: string): Properties & Readonly<Record<keyof SigningProfileOptions, Property>> {
  return {
    key: { read: keyFrom(folder) },
    mode: { read: oneOf(['append', 'replace']) },
    digestAlgorithm: { read: oneOf(PROFILE_DIGESTS) },
    pageHashes: { read: flag },
    catalogVersion: { read: oneOf([1, 2]) },
    moreInfoUrl: { read: webAddress },
    timestampUrls: { read: timestampUrls },
    usages: { read: oneOf(['assay', 'microsoft']) },
  };
}

/** A profile as it stands in the file: its secrets are still names of files. */
interface ParsedProfile extends Omit<SigningProfileOptions, 'key'> {
  readonly key?: 'built-in' | ParsedKey;
}

type ParsedKey = { readonly kind: string; readonly passwordFile?: string; readonly pinFile?: string };

function unusable(path: string, faults: readonly string[]): SigningProfileError {
  const lines = faults.map((fault) => `\n  ${fault}`).join('');
  return new SigningProfileError(`The file of signing profiles ${path} cannot be used:${lines}`);
}

function parse(textOfFile: string, path: string): Readonly<Record<string, ParsedProfile>> {
  let value: unknown;
  try {
    value = JSON.parse(textOfFile);
  } catch (error) {
    throw unusable(path, [`It is not JSON: ${(error as Error).message}`]);
  }
  const faults: string[] = [];
  const readProfile: Reader = (profile, place, found) => {
    const result = readProperties(profile, place, profileProperties(dirname(path)), found);
    if (isObject(profile) && profile.usages !== undefined && isObject(profile.key)) {
      found.push(`${place}.usages is only for the built-in key; this one has the usages of its certificate.`);
    }
    return result;
  };
  const profiles = Object.fromEntries(SIGNING_PROFILES.map((name) => [name, { read: readProfile }]));
  const read: Properties = {
    profiles: { needed: true, read: (given, place, found) => readProperties(given, place, profiles, found) },
  };
  if (!isObject(value)) throw unusable(path, ['It must hold {"profiles": { … }}.']);
  const result = readProperties(value, '', read, faults) as {
    readonly profiles?: Readonly<Record<string, ParsedProfile>>;
  };
  // The file itself has no name in a place: `profiles.whql.key`, not `.profiles.whql.key`.
  if (faults.length > 0) {
    throw unusable(
      path,
      faults.map((fault) => fault.replace(/^\./, '')),
    );
  }
  return result.profiles ?? {};
}

/** The secret in a file: its first line, so that an editor's line end does no harm. */
async function readSecret(file: string, place: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    throw new SigningProfileError(`${place}: the file ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const [line = ''] = content.split(/\r?\n/, 1);
  if (line === '')
    throw new SigningProfileError(`${place}: the first line of ${file} is empty; write the secret there.`);
  return line;
}

async function readKeySecrets(key: ParsedKey, place: string): Promise<KeyLocation> {
  const { passwordFile, pinFile, ...rest } = key;
  return {
    ...rest,
    ...(passwordFile === undefined ? {} : { password: await readSecret(passwordFile, `${place}.passwordFile`) }),
    ...(pinFile === undefined ? {} : { pin: await readSecret(pinFile, `${place}.pinFile`) }),
  } as KeyLocation;
}

/**
 * Reads `{ "profiles": { "whql": { … }, … } }`, with the secrets that it names. Paths in it start at the folder of the file.
 * Throws SigningProfileError that names every fault with its place and says what is allowed there.
 */
export async function readSigningProfiles(file: string): Promise<SigningProfilesOptions> {
  const path = resolve(file);
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new SigningProfileError(`The file of signing profiles ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const profiles: Partial<Record<string, SigningProfileOptions>> = {};
  for (const [name, { key, ...rest }] of Object.entries(parse(content, path))) {
    const place = `profiles.${name}.key`;
    profiles[name] = {
      ...rest,
      ...(key === undefined ? {} : { key: key === 'built-in' ? key : await readKeySecrets(key, place) }),
    };
  }
  return profiles;
}
