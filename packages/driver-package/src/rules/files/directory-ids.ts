// The numbers that stand for folders ("Using Dirids").

/** Folders of the system. 1 is the folder of the INF. */
const SYSTEM_FOLDERS = new Set([
  1, 10, 11, 12, 13, 17, 18, 20, 21, 23, 24, 25, 30, 50, 51, 52, 53, 54, 55, 66000, 66001, 66002, 66003, 66004,
]);
/** Those that are below the Windows folder on every edition; 16420, 16421 and 16425 are it, System32 and SysWOW64. */
const IN_SYSTEM = new Set([
  10, 11, 12, 13, 17, 18, 20, 21, 23, 51, 52, 55, 16420, 16421, 16425, 66000, 66001, 66002, 66003, 66004,
]);
/** Shell folders: CSIDL values over 16384. */
const SHELL_FOLDERS = { first: 16_384, last: 32_767 };
const ABSOLUTE_PATH = 65_535;

export function isSystemFolder(id: number): boolean {
  return SYSTEM_FOLDERS.has(id) || id === -1 >>> 0 || id === ABSOLUTE_PATH;
}

export function isShellFolder(id: number): boolean {
  return id >= SHELL_FOLDERS.first && id <= SHELL_FOLDERS.last;
}

/** Whether the number is one that programs could give a meaning. */
export function isUserDefined(id: number): boolean {
  return id > SHELL_FOLDERS.last && !isSystemFolder(id);
}

export function inSystem(id: number): boolean {
  return IN_SYSTEM.has(id);
}
