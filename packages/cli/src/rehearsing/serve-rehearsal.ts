// `assay serve --rehearsal`: the settings of the rehearsal, the file by which tests find it, and the warnings.
import { rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { RunningServer } from '@assay/server';
import { writeAtomically } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import { askRehearsal } from './ask-rehearsal.ts';
import { type BehaviourOptions, type RehearsalSettings, readSettings } from './rehearsal-settings.ts';

/** The options of `assay serve` that are about rehearsing. */
export interface ServedRehearsalOptions extends Omit<BehaviourOptions, 'assert'> {
  readonly rehearsal?: boolean;
}

/** Options that mean something only with --rehearsal. */
const NEEDING = {
  script: '--script',
  seed: '--seed',
  speed: '--speed',
  step: '--step',
  fault: '--fault',
  allowUnsigned: '--allow-unsigned',
} as const satisfies Readonly<Record<keyof Omit<ServedRehearsalOptions, 'rehearsal'>, string>>;

/** What the rehearsal is to be; undefined when there is to be none. Throws CommandError. */
export async function servedRehearsal(options: ServedRehearsalOptions): Promise<RehearsalSettings | undefined> {
  if (options.rehearsal === true) {
    const settings = await readSettings(options);
    if (settings.assertions.length === 0) return settings;
    throw new CommandError(
      EXIT.usage,
      'The script has assertions, but a service does not know when a rehearsal is over.',
      'Take them out and send them to POST /_rehearsal/assertions, or use assay rehearse.',
    );
  }
  const names = Object.keys(NEEDING) as (keyof typeof NEEDING)[];
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return undefined;
  throw new CommandError(EXIT.usage, `${NEEDING[given]} needs --rehearsal.`, 'Add --rehearsal, or leave it out.');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Writes where the rehearsal is and its key, for its owner only. Gives the path. */
async function writeAccess(server: RunningServer): Promise<string> {
  const path = join(server.dataDirectory, 'rehearsal.json');
  const access = { url: server.url, key: server.rehearsal?.key };
  await writeAtomically(path, true, async (handle) => {
    await handle.chmod(0o600);
    await handle.writeFile(`${JSON.stringify(access, undefined, 2)}\n`);
  });
  return path;
}

/**
 * Puts in what the script has for the beginning, and says that this is a rehearsal. To be called before anybody is told the
 * address. Gives what is to be done when the service has stopped.
 *
 * @param host the address that it listens on
 */
export async function announceRehearsal(
  server: RunningServer,
  settings: RehearsalSettings,
  host: string,
  stderr: { write(text: string): unknown },
): Promise<() => Promise<void>> {
  const path = await writeAccess(server);
  if (settings.seedData !== undefined) await askRehearsal(server, 'seed', settings.seedData);
  stderr.write('This is a rehearsal: answers may be wrong on purpose, and what is signed is worth nothing.\n');
  if (!isLoopback(host)) {
    stderr.write(
      `Warning: it listens on ${host}, where others may reach it. Without --host it is for this machine only.\n`,
    );
  }
  stderr.write(`Rehearsal (url and key): ${path}\n`);
  return () => rm(path, { force: true });
}
