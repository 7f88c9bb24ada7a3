// What a process needs that opens a key, for a process that is confined by Node's permission model.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { KeyLocation } from './key-location.ts';

export interface KeyPermissions {
  /** Files and folders that it reads (`--allow-fs-read`), as they stand in the location or absolute. */
  readonly readable: readonly string[];
  /** Whether it loads native code (`--allow-addons`). That code is not confined by Node. */
  readonly addons: boolean;
  /** Whether it reaches out to the network (`--allow-net`). */
  readonly network: boolean;
  /** Variables of `environment` that it must have. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What PKCS#11 modules read from the environment: their configuration, and where the home folder with it is. */
const MODULE_VARIABLES =
  /^(SOFTHSM2_CONF|YUBIHSM_PKCS11_\w+|OPENSC_\w+|P11_KIT_\w+|ChrystokiConfigurationPath|CKNFAST_\w+|NFAST_\w+|CS_PKCS11_\w+|PKCS11_\w+|TPM2_PKCS11_\w+|TPM2TOOLS_\w+|KMS_PKCS11_\w+|CLOUDHSM_\w+|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|SYSTEMROOT|PATH|TMPDIR|TEMP|TMP|XDG_\w+|PCSCLITE_\w+)$/i;

/** What @azure/identity reads: who the service is, and how to get out. */
const AZURE_VARIABLES =
  /^(AZURE_\w+|IDENTITY_\w+|MSI_\w+|IMDS_ENDPOINT|HTTPS_PROXY|HTTP_PROXY|ALL_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|HOME|USERPROFILE|SYSTEMROOT)$/i;

/** Variables of @azure/identity that hold the path of a file to read. */
const AZURE_FILES = ['AZURE_FEDERATED_TOKEN_FILE', 'AZURE_CLIENT_CERTIFICATE_PATH', 'NODE_EXTRA_CA_CERTS'];

type Environment = Readonly<Record<string, string | undefined>>;

function selectVariables(environment: Environment, names: RegExp): Record<string, string> {
  const selected: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && names.test(name)) selected[name] = value;
  }
  return selected;
}

/** The folder of a package as seen from `folder`, like the module loader finds it. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

const OWN_NAME = '@assay/key-stores';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The folders of this package and of those named, with all that they depend on. */
function codeFolders(...names: readonly string[]): string[] {
  const folders = new Set<string>(present(dirname(import.meta.dirname), findPackage(OWN_NAME, import.meta.dirname)));
  const visit = (name: string, from: string): void => {
    const folder = findPackage(name, from);
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    const real = realpathSync(folder);
    folders.add(real);
    const manifest: Manifest = JSON.parse(readFileSync(join(real, 'package.json'), 'utf8'));
    for (const next of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) visit(next, real);
  };
  for (const name of ['@assay/authenticode', ...names]) visit(name, import.meta.dirname);
  return [...folders];
}

function present(...files: readonly (string | undefined)[]): string[] {
  return files.filter((file) => file !== undefined);
}

/**
 * What a process needs to import this package and to open the key at `location`, besides reading its own program. Native
 * modules run outside of Node's permission model: a PKCS#11 module reads its own configuration and talks to its own devices, whatever
 * is allowed here.
 */
export function permissionsFor(location: KeyLocation, environment: Environment = process.env): KeyPermissions {
  const none = { addons: false, network: false, environment: {} };
  switch (location.kind) {
    case 'pkcs12':
      return { ...none, readable: [...codeFolders(), location.file] };
    case 'pem':
      return { ...none, readable: [...codeFolders(), location.keyFile, location.certificateFile] };
    case 'pkcs11':
      return {
        readable: [...codeFolders('koffi'), ...present(location.certificateFile)],
        addons: true,
        network: false,
        environment: selectVariables(environment, MODULE_VARIABLES),
      };
    case 'keyVault':
      return {
        readable: [
          ...codeFolders('@azure/identity', '@azure/keyvault-keys'),
          ...present(location.certificateFile, ...AZURE_FILES.map((name) => environment[name])),
        ],
        addons: false,
        network: true,
        environment: selectVariables(environment, AZURE_VARIABLES),
      };
  }
}
