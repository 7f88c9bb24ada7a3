// The journal by itself: what it keeps, and what it never holds.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJournal, type JournalEntry } from '../../src/rehearsal/journal.ts';
import { maskPath, maskText } from '../../src/rehearsal/masked-text.ts';
import { refusalOf } from '../../src/rehearsal/refusal-of.ts';

const CALL: Omit<JournalEntry, 'sequence'> = {
  at: '2026-03-04T05:06:07.890Z',
  method: 'GET',
  host: 'localhost',
  path: '/',
  status: 200,
  milliseconds: 1,
  requestBytes: 0,
  responseBytes: 2,
};

describe('the journal', () => {
  test('keeps the newest, counts what it dropped, and tells whoever listens', () => {
    const journal = createJournal(3);
    const heard: number[] = [];
    const stop = journal.listen(({ sequence }) => heard.push(sequence));
    for (let call = 0; call < 5; call += 1) journal.record(CALL);
    stop();
    journal.record(CALL);
    assert.deepEqual(
      journal.entries().map(({ sequence }) => sequence),
      [4, 5, 6],
    );
    assert.equal(journal.dropped(), 3);
    assert.deepEqual(heard, [1, 2, 3, 4, 5]);
    journal.clear();
    journal.record(CALL);
    assert.deepEqual([journal.entries().length, journal.entries()[0]?.sequence, journal.dropped()], [1, 1, 0]);
  });
});

describe('masks', () => {
  const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJhcHBpZCI6IjEyMyJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ';
  const PATHS: readonly (readonly [path: string, masked: string])[] = [
    ['/a/b?sv=1&sig=abc%2F%3D&sp=r', '/a/b?sv=1&sig=***&sp=r'],
    ['/a?S%69g=abc', '/a?S%69g=***'],
    ['/a?code=1&client_secret=x&ACCESS_TOKEN=y', '/a?code=***&client_secret=***&ACCESS_TOKEN=***'],
    [`/a/${TOKEN}/b`, '/a/***/b'],
    ['/a?name=sig', '/a?name=sig'],
  ];
  for (const [path, masked] of PATHS) test(masked, () => assert.equal(maskPath(path), masked));

  test('tokens and signatures in texts', () => {
    assert.equal(maskText(`not valid: ${TOKEN}`), 'not valid: ***');
    assert.equal(maskText('see https://x/y?a=1&sig=abc&b=2'), 'see https://x/y?a=1&sig=***&b=2');
  });
});

describe('why a request was refused', () => {
  const SHAPES: readonly (readonly [name: string, body: string, code: string, message: RegExp])[] = [
    [
      'the API',
      '{"error":{"code":"entityNotFound","message":"No"},"statusCode":"404 NotFound"}',
      'entityNotFound',
      /^No$/,
    ],
    [
      'the API with several faults',
      '{"error":{"code":"invalidInput","message":"Bad.","validationErrors":[{"message":"One."},{"message":"Two."}]}}',
      'invalidInput',
      /^Bad\. One\. Two\.$/,
    ],
    ['the gateway', '{"statusCode":429,"message":"Slow down"}', '429', /^Slow down$/],
    [
      'the authority',
      '{"error":"invalid_client","error_description":"AADSTS7000215: x"}',
      'invalid_client',
      /AADSTS7000215/,
    ],
    [
      'the storage',
      '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Server failed.\nRequestId:1</Message><AuthenticationErrorDetail>Signature did not match.</AuthenticationErrorDetail></Error>',
      'AuthenticationFailed',
      /^Server failed\. AuthenticationErrorDetail: Signature did not match\.$/,
    ],
  ];
  for (const [name, body, code, message] of SHAPES) {
    test(name, () => {
      const refusal = refusalOf(body);
      assert.equal(refusal?.code, code);
      assert.match(refusal?.message ?? '', message);
    });
  }

  test('is unknown where the body says nothing', () => {
    for (const body of ['', '{', '{}', '[]', 'null', '<html>', undefined, 'x'.repeat(100_000)]) {
      assert.equal(refusalOf(body), undefined);
    }
  });
});
