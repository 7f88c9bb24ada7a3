// The reference of configuration: the options of `assay serve`, the environment variables, and the options of `startServer`,
// the last ones read from the doc comments of its interface.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '@assay/cli';
import { GENERATED, table } from './markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SERVER_OPTIONS = 'packages/server/src/create-server.ts';

/** What each environment variable does that the sources read. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ASSAY_KEY_PASSPHRASE:
    '`assay serve`: the passphrase of the key files. When it is not set, one is made and kept beside them.',
  ASSAY_KEY_PASSWORD: 'Commands that sign: the password of the key file, where `--password-file` is not given.',
  ASSAY_TOKEN_PIN: 'Commands that sign: the PIN of the PKCS#11 token, where `--pin-file` is not given.',
  ASSAY_TRACE: 'Every command: with any value, errors are printed with their stack.',
  ASSAY_URL: 'Commands that talk to a service: its root.',
  AZURE_AUTHORITY_HOST: 'Commands that talk to a service: the authority that issues tokens.',
  AZURE_CLIENT_CERTIFICATE_PATH:
    "Keys in Key Vault: the application's certificate, a file that the process with the key may read. Azure's libraries read other `AZURE_` variables as well.",
  AZURE_CLIENT_ID: 'Commands that talk to a service: the application.',
  AZURE_CLIENT_SECRET: 'Commands that talk to a service: its secret.',
  AZURE_FEDERATED_TOKEN_FILE:
    'Keys in Key Vault: the token of a workload identity, a file that the process with the key may read.',
  AZURE_TENANT_ID: 'Commands that talk to a service: the tenant of its account.',
  SOURCE_DATE_EPOCH:
    '`assay pack`: the time of the files in the cabinet in seconds since 1970, so that the same input gives the same bytes.',
};

/** Where the sources read one: `process.env.NAME`, `environment.NAME`, or the name as a text of its own in a list of names. */
const MENTION = /\b(?:process\.env|environment)\.([A-Z][A-Z0-9_]+)|'((?:ASSAY|AZURE|SDCM)_[A-Z0-9_]+)'/g;

/** The environment variables that the sources read. */
function environmentOfSources(): Set<string> {
  const names = new Set<string>();
  for (const file of globSync('packages/*/src/**/*.ts', { cwd: ROOT })) {
    for (const match of readFileSync(join(ROOT, file), 'utf8').matchAll(MENTION)) {
      const name = match[1] ?? match[2];
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** Throws Error when the table above and the sources disagree. */
function checkEnvironment(): void {
  const found = environmentOfSources();
  const missing = [...found].filter((name) => !(name in ENVIRONMENT));
  const gone = Object.keys(ENVIRONMENT).filter((name) => !found.has(name));
  if (missing.length + gone.length > 0) {
    throw new Error(
      `scripts/documents/configuration.ts: describe ${missing.join(', ') || 'nothing'}, drop ${gone.join(', ') || 'nothing'}.`,
    );
  }
}

/** The members of an interface with their doc comments, as rows. */
function membersOf(source: string, name: string): string[][] {
  const start = source.indexOf(`export interface ${name} {`);
  const body = source.slice(start, source.indexOf('\n}', start));
  const member = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?readonly (\w+)(\??): ([^;]+);/g;
  return [...body.matchAll(member)].map(([, comment = '', option = '', optional = '', type = '']) => [
    `\`${option}\``,
    `\`${type.replaceAll(/\s+/g, ' ')}\``,
    optional === '?' ? '' : 'yes',
    comment.replaceAll(/\s*\n\s*\*\s?/g, ' ').trim(),
  ]);
}

async function serveOptions(): Promise<string[][]> {
  const serve = (await createProgram()).commands.find((command) => command.name() === 'serve');
  if (serve === undefined) throw new Error('assay has no command serve');
  return serve.options.map((option) => [
    `\`${option.flags}\``,
    option.defaultValue === undefined ? '' : `\`${String(option.defaultValue)}\``,
    option.description + (option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`),
  ]);
}

export async function writeConfiguration(): Promise<string> {
  checkEnvironment();
  const members = membersOf(readFileSync(join(ROOT, SERVER_OPTIONS), 'utf8'), 'ServerOptions');
  return `${GENERATED}

# Configuration

## \`assay serve\`

${table(['option', 'default', 'meaning'], await serveOptions())}

## Environment variables

${table(
  ['variable', 'meaning'],
  Object.entries(ENVIRONMENT).map(([name, meaning]) => [`\`${name}\``, meaning]),
)}

## \`startServer(options)\`

For programs that run the service inside themselves (\`@assay/server\`).

${table(['option', 'type', 'needed', 'meaning'], members)}
`;
}
