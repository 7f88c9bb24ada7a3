// The parser: what it keeps, and what it refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ParseError } from '../../src/errors.ts';
import {
  attributeOf,
  canonicalize,
  childElements,
  documentBytes,
  elementText,
  escapeText,
  isNamed,
  parseXml,
  replaceText,
  textOf,
  treeText,
  type XmlLimits,
} from '../../src/xml/index.ts';
import { damagedCopies } from '../support/damage.ts';

function rejectsWith(code: string, input: string | Uint8Array, limits?: Partial<XmlLimits>): void {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  assert.throws(
    () => parseXml(bytes, limits),
    (error) => {
      assert.ok(error instanceof ParseError, String(error));
      assert.equal(error.format, 'xml');
      assert.equal(error.code, code, error.message);
      return true;
    },
  );
}

test('names, namespaces, attributes, text', () => {
  const { root } = parseXml(
    Buffer.from('<p:a xmlns:p="urn:p" x="1" p:x="2">t<![CDATA[<]]>&amp;<b/><!-- no -->u</p:a>'),
  );
  assert.ok(isNamed(root, 'urn:p', 'a'));
  assert.equal(attributeOf(root, 'x'), '1');
  assert.equal(attributeOf(root, 'y'), undefined);
  assert.equal(textOf(root), 't<&u');
  assert.deepEqual(
    childElements(root).map(({ namespace, local }) => [namespace, local]),
    [['', 'b']],
  );
});

test('an element knows where it stands in the text', () => {
  const text = '<?xml version="1.0"?><!-- < --><a\r\n b="<".length">'.replace('"<".length"', '"&lt;>"');
  const whole = `${text}<é c='1'><d/></é ><f></f></a>`;
  const { root, text: kept } = parseXml(Buffer.from(whole));
  const [first, second] = childElements(root);
  assert.ok(first && second);
  const [inner] = childElements(first);
  assert.ok(inner);
  const sliceOf = ({ start, end }: { start: number; end: number }) => kept.slice(start, end);
  assert.equal(sliceOf(root), whole.slice(whole.indexOf('<a')));
  assert.equal(sliceOf(first), "<é c='1'><d/></é >");
  assert.equal(sliceOf(inner), '<d/>');
  assert.equal(sliceOf(second), '<f></f>');
});

test('text can be replaced without a change elsewhere, in each encoding', () => {
  const text = '<?xml version="1.0"?><a  x = "1"><é/>\u{1f600}</a>';
  const encodings = [
    Buffer.from(`\ufeff${text}`),
    Buffer.from(`\ufeff${text}`, 'utf16le'),
    Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  ];
  for (const bytes of encodings) {
    const document = parseXml(bytes);
    const [child] = childElements(document.root);
    assert.ok(child);
    assert.deepEqual(replaceText(document, child.start, child.end, '<é/>'), new Uint8Array(bytes));
    const { root } = parseXml(replaceText(document, child.start, child.end, '<new/>'));
    assert.equal(childElements(root)[0]?.name, 'new');
  }
});

test('what is written is read back, and has the canonical form of what it was made from', () => {
  const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
  const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll(notXml, ''));
  fc.assert(
    fc.property(text, text, (value, content) => {
      const inner = elementText('c', { d: '\r\n\t"&<>' });
      const written = elementText('a', { b: value, xmlns: 'urn:a' }, [inner, escapeText(content)]);
      const { root } = parseXml(documentBytes(written));
      assert.equal(attributeOf(root, 'b'), value);
      assert.equal(textOf(root), content);
      const again = parseXml(documentBytes(treeText(root), { standalone: true }));
      assert.deepEqual(canonicalize(again), canonicalize(root));
    }),
  );
  assert.equal(elementText('a', { b: '1', xmlns: 'urn:a' }), '<a b="1" xmlns="urn:a" />');
});

test('a document type is refused: no entities, inside or outside', () => {
  rejectsWith('doctype', '<!DOCTYPE a><a/>');
  rejectsWith('doctype', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>');
  const laughs = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;"><!ENTITY z "&y;&y;">]><a>&z;</a>';
  rejectsWith('doctype', laughs);
  rejectsWith('malformed', '<a>&undefined;</a>');
});

test('encodings', () => {
  rejectsWith('bad-encoding', new Uint8Array([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]));
  rejectsWith('bad-encoding', '<?xml version="1.0" encoding="utf-16"?><a/>');
  rejectsWith('bad-encoding', '<?xml version="1.0" encoding="iso-8859-1"?><a/>');
  rejectsWith('bad-encoding', '\ufeff\ufeff<a/>');
  rejectsWith('bad-encoding', Buffer.concat([Buffer.from([0xff, 0xfe, 0x3c, 0x00, 0x61, 0x00, 0x00, 0xd8])]));
  rejectsWith('malformed', Buffer.from('<a/>', 'utf16le'));
  rejectsWith('bad-version', '<?xml version="1.1"?><a/>');
});

test('what is not well-formed, or is with namespaces no longer', () => {
  const bad = [
    '',
    'text',
    '<a>',
    '<a/><b/>',
    '<a></b>',
    '<a b="1" b="2"/>',
    '<a b=1/>',
    '<a b/>',
    '<a>&#0;</a>',
    '<a>&#xD800;</a>',
    '<a>\u0001</a>',
    '<a>]]></a>',
    '<a><!-- -- --></a>',
    '<a b="<"/>',
    '<p:a/>',
    '<a p:b="1"/>',
    '<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>',
    '<a xmlns:p=""/>',
    '<a xmlns:xmlns="urn:x"/>',
    '<a xmlns:xml="urn:x"/>',
    '<a:b:c xmlns:a="urn:x"/>',
    ' <?xml version="1.0"?><a/>',
    '<a/>text',
    '<a/><![CDATA[ ]]>',
  ];
  for (const text of bad) rejectsWith('malformed', text);
  rejectsWith('bad-namespace', '<a xmlns:p=" urn:x"/>');
});

test('limits: size, depth, elements, attributes', () => {
  rejectsWith('too-large', '<a>xxxxxxxxxx</a>', { bytes: 10 });
  rejectsWith('too-deep', '<a>'.repeat(200_000));
  rejectsWith('too-many-elements', `<a>${'<b/>'.repeat(20)}</a>`, { elements: 20 });
  const attributes = Array.from({ length: 100_000 }, (_, index) => ` a${index}="1"`).join('');
  rejectsWith('too-many-attributes', `<a${attributes}/>`);
  const namespaces = Array.from({ length: 100_000 }, (_, index) => ` xmlns:a${index}="urn:${index}"`).join('');
  rejectsWith('too-many-attributes', `<a${namespaces}/>`);
  const id = 'x'.repeat(5_000_000);
  assert.equal(attributeOf(parseXml(Buffer.from(`<a Id="${id}"/>`)).root, 'Id')?.length, id.length);
});

test('damaged documents throw ParseError and nothing else', () => {
  const text =
    '<?xml version="1.0" encoding="utf-8"?><a xmlns="urn:a" xmlns:p="urn:p"><p:b c="&amp;&#10;">t<![CDATA[x]]></p:b><!-- c --><?pi b?></a>';
  for (const copy of damagedCopies(Buffer.from(text), 4000, 3)) {
    try {
      canonicalize(parseXml(copy));
    } catch (error) {
      assert.ok(error instanceof ParseError, String(error));
    }
  }
});
