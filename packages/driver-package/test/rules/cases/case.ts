// How the tables of this folder write a driver that breaks a rule: the sound INF with a change.
import type { CheckedDriver, Mode } from '../../../src/rules/index.ts';
import { driverOf, SOUND_INF } from '../../drivers.ts';

export interface Violation {
  readonly what: string;
  readonly rule: string;
  readonly code?: number;
  readonly driver: CheckedDriver;
  /** How strictly it is judged; basic validation without it. */
  readonly mode?: Mode;
  /** Text that the line begins with which the finding must point at; `@2` after it is the second such line. */
  readonly at?: string;
  readonly severity?: 'warning' | 'information';
}

export type Change = readonly [text: string, replacement: string];

/** A driver of the sound INF with these texts replaced, each of which must occur, and with text put at its end. */
export function changed(changes: readonly Change[], appended = ''): CheckedDriver {
  const inf = changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the INF does not contain ${from}`);
    return text.replace(from, () => to);
  }, SOUND_INF);
  return driverOf(`${inf}\n${appended}`);
}

/** A driver of the sound INF whose install section has these lines too. */
export function installing(lines: string, appended = ''): CheckedDriver {
  return changed([['CopyFiles = Gizmo_Files', `CopyFiles = Gizmo_Files\n${lines}`]], appended);
}

/** A driver whose install section sets these registry lines. */
export function registering(lines: string, directive = 'AddReg'): CheckedDriver {
  return installing(`${directive} = Gizmo_Registry`, `[Gizmo_Registry]\n${lines}\n`);
}
