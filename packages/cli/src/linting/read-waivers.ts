// A file of waivers: findings that the owner of a package lets pass, each with a reason.
import { readFile } from 'node:fs/promises';
import type { Waiver } from '@assay/driver-package';
import { CommandError, EXIT } from '../exit-codes.ts';

const MEMBERS: Readonly<Record<string, 'string' | 'number'>> = {
  rule: 'string',
  code: 'number',
  file: 'string',
  reason: 'string',
  until: 'string',
};

function isWaiver(value: unknown): value is Waiver {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, member]) => typeof member === MEMBERS[name]) &&
    'reason' in value &&
    ('rule' in value || 'code' in value)
  );
}

/** Reads `{"waivers": [{"rule" or "code", "file"?, "reason", "until"?}]}`. Throws CommandError for anything else. */
export async function readWaivers(path: string): Promise<readonly Waiver[]> {
  const remedy =
    'Write {"waivers": [{"code": 1324, "file": "gizmo/*.inf", "reason": "…", "until": "2027-01-31"}]}; rule or code, and reason, are needed.';
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CommandError(EXIT.usage, `${path} is not JSON: ${error.message}`, remedy);
  }
  const waivers: unknown =
    typeof content === 'object' && content !== null && 'waivers' in content ? content.waivers : undefined;
  if (!Array.isArray(waivers)) throw new CommandError(EXIT.usage, `${path} has no list of waivers.`, remedy);
  const list: readonly unknown[] = waivers;
  return list.map((waiver, index) => {
    if (isWaiver(waiver)) return waiver;
    throw new CommandError(EXIT.usage, `${path}: waiver ${index + 1} is not one.`, remedy);
  });
}
