import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBlockId, parseBlockList } from '../../src/blob/block-list.ts';
import { selectRange } from '../../src/blob/ranges.ts';

const parse = (text: string) => parseBlockList(Buffer.from(text));

test('a block list is read in its order', () => {
  assert.deepEqual(
    parse(
      '\uFEFF<?xml version="1.0" encoding="utf-8"?>\n<BlockList>\n <Latest>QUFB</Latest><Uncommitted>QUFC</Uncommitted>\n<Committed>QUFD</Committed>\n</BlockList>\n',
    ),
    [
      { id: 'QUFB', list: 'latest' },
      { id: 'QUFC', list: 'uncommitted' },
      { id: 'QUFD', list: 'committed' },
    ],
  );
  assert.deepEqual(parse('<BlockList/>'), []);
  assert.deepEqual(parse('<BlockList></BlockList>'), []);
});

test('anything but a flat block list is refused', () => {
  for (const text of [
    '',
    'BlockList',
    '<BlockList>',
    '<BlockList><Latest>QUFB</Latest>',
    '<BlockList><Latest>QUFB</Committed></BlockList>',
    '<BlockList><Other>QUFB</Other></BlockList>',
    '<BlockList><Latest>QUFB</Latest></BlockList><BlockList/>',
    '<!DOCTYPE BlockList [<!ENTITY a "QUFB">]><BlockList><Latest>&a;</Latest></BlockList>',
    '<BlockList><Latest>&#81;UFB</Latest></BlockList>',
  ]) {
    assert.throws(() => parse(text), { code: 'InvalidXmlDocument' }, text);
  }
  assert.throws(() => parseBlockList(Buffer.from([0x3c, 0xff])), { code: 'InvalidXmlDocument' });
  assert.throws(() => parse('<BlockList><Latest></Latest></BlockList>'), { code: 'InvalidBlockList' });
});

test('block ids are base64 of 1 to 64 bytes', () => {
  assert.equal(isBlockId(Buffer.alloc(64).toString('base64')), true);
  assert.equal(isBlockId(Buffer.alloc(65).toString('base64')), false);
  for (const text of ['', 'A', 'AAA', 'A_A=', 'A=AA', '====']) assert.equal(isBlockId(text), false, text);
});

test('ranges of a blob of ten bytes', () => {
  assert.equal(selectRange({}, 10), undefined);
  assert.deepEqual(selectRange({ range: 'bytes=2-4' }, 10), { start: 2, end: 4 });
  assert.deepEqual(selectRange({ range: 'bytes=2-' }, 10), { start: 2, end: 9 });
  assert.deepEqual(selectRange({ range: 'bytes=2-99' }, 10), { start: 2, end: 9 });
  assert.deepEqual(selectRange({ range: 'bytes=-3' }, 10), { start: 7, end: 9 });
  assert.deepEqual(selectRange({ range: 'bytes=-30' }, 10), { start: 0, end: 9 });
  assert.deepEqual(selectRange({ range: 'bytes=0-1', 'x-ms-range': 'bytes=5-6' }, 10), { start: 5, end: 6 });
  for (const range of ['bytes=10-', 'bytes=10-11', 'bytes=-0']) {
    assert.throws(() => selectRange({ range }, 10), { code: 'InvalidRange' }, range);
  }
  assert.throws(() => selectRange({ range: 'bytes=0-' }, 0), { code: 'InvalidRange' });
  for (const range of ['bytes=4-2', 'bytes=-', 'bytes=1-2,4-5', 'items=1-2', 'bytes=a-b']) {
    assert.equal(selectRange({ range }, 10), undefined, range);
    assert.throws(() => selectRange({ 'x-ms-range': range }, 10), { code: 'InvalidHeaderValue' }, range);
  }
});
