// Every kind of error has the exit code that scripts count on.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ParseError } from '@assay/authenticode';
import { DownloadIntegrityError, HardwareApiError } from '@assay/hardware-api';
import { EXIT, EXIT_CODE_MEANINGS, exitCodeOf } from '../src/index.ts';

function apiError(status: number, code: string): HardwareApiError {
  return new HardwareApiError({ status, code, message: 'm' });
}

const CASES: readonly (readonly [string, unknown, number])[] = [
  ['a wrong secret', apiError(401, 'invalid_client'), 4],
  ['an unknown tenant', apiError(400, 'invalid_request'), 4],
  ['a missing role', apiError(403, 'forbidden'), 4],
  ['an unknown id', apiError(404, 'entityNotFound'), 3],
  ['a second commit', apiError(400, 'requestInvalidForCurrentState'), 5],
  ['throttling', apiError(429, 'http429'), 6],
  ['an invalid product', apiError(400, 'invalidInput'), 10],
  ['no answer', apiError(0, 'noAnswer'), 8],
  ['a broken service', apiError(500, 'internalServerError'), 1],
  ['a damaged download', new DownloadIntegrityError('x'), 8],
  ['a malformed file', new ParseError('cab', 'truncated', 'x'), 10],
  ['a bug', new TypeError('x'), 1],
];

for (const [name, error, code] of CASES) {
  test(`${name} ends with ${code}`, () => assert.equal(exitCodeOf(error), code));
}

test('a file that is not there ends with 8', async () => {
  const error = await readFile('/nowhere/at/all').catch((reason: unknown) => reason);
  assert.equal(exitCodeOf(error), 8);
});

test('every code has a meaning, once', () => {
  const codes = EXIT_CODE_MEANINGS.map(([code]) => code);
  assert.deepEqual(
    [...codes].sort((a, b) => a - b),
    Object.values(EXIT).sort((a, b) => a - b),
  );
});
