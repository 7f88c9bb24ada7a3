// The reference of configuration: the options of `assay serve`, the environment variables, and the options of `startServer`,
// the last ones read from the doc comments of its interface.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram, ENVIRONMENT_VARIABLES } from '@assay/cli';
import { GENERATED, table } from './markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SERVER_OPTIONS = 'packages/server/src/create-server.ts';

const ENVIRONMENT_TABLE = 'packages/cli/src/environment.ts';

/** Where the sources read one: `process.env.NAME`, `environment.NAME`, or the name as a text of its own in a list of names. */
const MENTION = /\b(?:process\.env|environment)\.([A-Z][A-Z0-9_]+)|'((?:ASSAY|AZURE|SDCM)_[A-Z0-9_]+)'/g;
/** What every program gets and hands on to others; nothing here depends on it. */
const COMMON = new Set(['PATH']);

/** Throws Error when the table of environment variables and the sources disagree. */
function checkEnvironment(): void {
  const files = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).filter((file) => file !== ENVIRONMENT_TABLE);
  const sources = files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
  const read = new Set([...sources.matchAll(MENTION)].map((match) => match[1] ?? match[2] ?? ''));
  const missing = [...read].filter((name) => !(name in ENVIRONMENT_VARIABLES) && !COMMON.has(name));
  const gone = Object.keys(ENVIRONMENT_VARIABLES).filter((name) => !new RegExp(`\\b${name}\\b`).test(sources));
  if (missing.length + gone.length > 0) {
    throw new Error(
      `${ENVIRONMENT_TABLE}: describe ${missing.join(', ') || 'nothing'}, drop ${gone.join(', ') || 'nothing'}.`,
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
  Object.entries(ENVIRONMENT_VARIABLES).map(([name, { meaning }]) => [`\`${name}\``, meaning]),
)}

## \`startServer(options)\`

For programs that run the service inside themselves (\`@assay/server\`).

${table(['option', 'type', 'needed', 'meaning'], members)}
`;
}
