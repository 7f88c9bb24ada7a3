// The command line as a module: the program, what its exit codes mean, and the work behind `pack` and `verify`.
export { exitCodeOf } from './command-failure.ts';
export { ENVIRONMENT_VARIABLES, type EnvironmentVariable } from './environment.ts';
export { EXIT, EXIT_CODE_MEANINGS, type ExitCode } from './exit-codes.ts';
export { createProgram, main } from './main.ts';
export { type PackRequest, type PackResult, packCabinet } from './packing/pack-cabinet.ts';
export type { VerifiedItem } from './verifying/verification.ts';
export { readAnchors, verifyPath } from './verifying/verify-path.ts';
