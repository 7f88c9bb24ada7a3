// Waivers: findings that an owner of the package lets pass, each with a reason. They stay in the list, as information.
import type { Finding } from '../finding.ts';

export interface Waiver {
  /** Name of the rule. Of `rule` and `code` at least one is given; with both, both must match. */
  readonly rule?: string;
  /** InfVerif's number. */
  readonly code?: number;
  /** Files it is for, such as `gizmo/*.inf`: `*` is any text without `/`, `**` any text. All files when absent. */
  readonly file?: string;
  /** Why the fault may stay. */
  readonly reason: string;
  /** Last day, YYYY-MM-DD in UTC, on which the waiver counts. */
  readonly until?: string;
}

/**
 * The finding as the waivers leave it. `at` is the day that `until` is held against; it is not, when absent. Throws
 * TypeError for a waiver that names neither rule nor code, gives no reason, or has a day that is none.
 */
export function applyWaivers(finding: Finding, waivers: readonly Waiver[], at?: Date): Finding {
  for (const waiver of waivers) {
    checkWaiver(waiver);
    if (covers(waiver, finding, at)) return { ...finding, severity: 'information', waived: waiver.reason };
  }
  return finding;
}

function checkWaiver({ rule, code, reason, until }: Waiver): void {
  if (rule === undefined && code === undefined) throw new TypeError('a waiver names a rule or a code');
  if (reason.trim() === '') throw new TypeError(`the waiver of ${rule ?? code} gives no reason`);
  if (until !== undefined && !/^\d{4}-\d{2}-\d{2}$/u.test(until)) {
    throw new TypeError(`the waiver of ${rule ?? code} ends on "${until}", which is not a day of the form YYYY-MM-DD`);
  }
}

function covers({ rule, code, file, until }: Waiver, finding: Finding, at: Date | undefined): boolean {
  if (rule !== undefined && rule !== finding.rule) return false;
  if (code !== undefined && code !== finding.code) return false;
  if (file !== undefined && (finding.file === undefined || !matches(file, finding.file))) return false;
  return until === undefined || at === undefined || at.toISOString().slice(0, 10) <= until;
}

/** Whether the pattern stands for this path; case counts as little as on Windows. */
function matches(pattern: string, path: string): boolean {
  const source = pattern
    .split(/(\*\*|\*)/u)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'iu').test(path);
}
