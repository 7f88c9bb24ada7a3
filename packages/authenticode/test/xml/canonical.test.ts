// Canonical XML 1.0: what the recommendation shows in its section 3, without the parts that need a document type, and what
// its section 2 says of namespaces, xml: attributes and subsets.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParseError } from '../../src/errors.ts';
import { type CanonicalForm, canonicalize, childElements, parseXml, type XmlElement } from '../../src/xml/index.ts';

function canonical(text: string, form?: CanonicalForm): string {
  return Buffer.from(canonicalize(parseXml(Buffer.from(text)), form)).toString();
}

/** The canonical form of the element whose local name is `name`, as a subset of its document. */
function subset(text: string, name: string, form?: CanonicalForm): string {
  const waiting: XmlElement[] = [parseXml(Buffer.from(text)).root];
  for (let element = waiting.shift(); element !== undefined; element = waiting.shift()) {
    if (element.local === name) return Buffer.from(canonicalize(element, form)).toString();
    waiting.push(...childElements(element));
  }
  return assert.fail(`no ${name}`);
}

describe('whole documents', () => {
  const surrounded = [
    '<?xml version="1.0"?>',
    '',
    '<?style   href="a.xsl"',
    '   kind="text/xsl"   ?>',
    '<greeting>Hello, world!<!-- one --></greeting>',
    '',
    '<?unattributed     ?>',
    '',
    '<!-- two -->',
    '',
    '<!-- three -->',
    '',
  ].join('\n');

  test('processing instructions and comments outside the root, without comments (3.1)', () => {
    const expected =
      '<?style href="a.xsl"\n   kind="text/xsl"   ?>\n<greeting>Hello, world!</greeting>\n<?unattributed?>';
    assert.equal(canonical(surrounded), expected);
  });

  test('the same with comments', () => {
    const expected =
      '<?style href="a.xsl"\n   kind="text/xsl"   ?>\n<greeting>Hello, world!<!-- one --></greeting>\n<?unattributed?>\n<!-- two -->\n<!-- three -->';
    assert.equal(canonical(surrounded, { comments: true }), expected);
  });

  test('white space in content stays as it is (3.2)', () => {
    const text =
      '<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      A\n      <clean>   </clean>\n   </mixed>\n</doc>';
    assert.equal(canonical(text), text);
  });

  test('tags, attribute order, superfluous declarations (3.3)', () => {
    const text = [
      '<doc><e1   /><e2   ></e2><e3   name = "elem3"   id="elem3"   />',
      '<e5 a:attr="out" b:attr="sorted" attr2="all" attr="I\'m" xmlns:b="http://b.example" xmlns:a="http://a.example" xmlns="http://e.example"/>',
      '<e6 xmlns="" xmlns:a="http://w.example"><e7 xmlns="http://i.example"><e8 xmlns="" xmlns:a="http://w.example">',
      '<e9 xmlns="" xmlns:a="http://i.example"/></e8></e7></e6></doc>',
    ].join('');
    const expected = [
      '<doc><e1></e1><e2></e2><e3 id="elem3" name="elem3"></e3>',
      '<e5 xmlns="http://e.example" xmlns:a="http://a.example" xmlns:b="http://b.example" attr="I\'m" attr2="all" a:attr="out" b:attr="sorted"></e5>',
      '<e6 xmlns:a="http://w.example"><e7 xmlns="http://i.example"><e8 xmlns="">',
      '<e9 xmlns:a="http://i.example"></e9></e8></e7></e6></doc>',
    ].join('');
    assert.equal(canonical(text), expected);
  });

  test('character references, CDATA and escapes (3.4)', () => {
    const text = [
      '<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value>',
      '<compute><![CDATA[value>"0" && value<"10" ?"valid":"error"]]></compute>',
      '<compute expr=\'value>"0" &amp;&amp; value&lt;"10" ?"valid":"error"\'>valid</compute>',
      "<norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/></doc>",
    ].join('');
    const expected = [
      '<doc><text>First line&#xD;\nSecond line</text><value>2</value>',
      '<compute>value&gt;"0" &amp;&amp; value&lt;"10" ?"valid":"error"</compute>',
      '<compute expr="value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;">valid</compute>',
      '<norm attr=" \'    &#xD;&#xA;&#x9;   \' "></norm></doc>',
    ].join('');
    assert.equal(canonical(text), expected);
  });

  test('white space in attribute values turns into spaces, line ends into line feeds', () => {
    assert.equal(canonical('<a b="1\r\n2\t3\n4\r5">x\r\ny\rz</a>'), '<a b="1 2 3 4 5">x\ny\nz</a>');
  });

  test('UTF-16 comes out as UTF-8 (3.6)', () => {
    const text = '<?xml version="1.0" encoding="UTF-16"?><doc>\u00a9 \u{1f600}</doc>';
    const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    const big = Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]);
    for (const bytes of [little, big]) {
      assert.equal(Buffer.from(canonicalize(parseXml(bytes))).toString(), '<doc>\u00a9 \u{1f600}</doc>');
    }
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('<doc>\u00a9</doc>')]);
    assert.equal(Buffer.from(canonicalize(parseXml(marked))).toString(), '<doc>\u00a9</doc>');
  });

  test('names are sorted by code point, not by UTF-16', () => {
    assert.equal(canonical('<a \u{10000}="1" \ufdf0="2" b="3"/>'), '<a b="3" \ufdf0="2" \u{10000}="1"></a>');
  });

  test('a namespace that is not absolute has no canonical form', () => {
    const isRelative = (error: unknown) => error instanceof ParseError && error.code === 'relative-namespace';
    for (const text of ['<a xmlns="b"/>', '<a xmlns:p="../b"/>']) assert.throws(() => canonical(text), isRelative);
  });
});

describe('an element as a subset', () => {
  test('it takes over the namespaces in scope, used or not', () => {
    const text = '<a xmlns="http://d.example" xmlns:u="http://u.example"><b><c x="1"/></b></a>';
    assert.equal(subset(text, 'c'), '<c xmlns="http://d.example" xmlns:u="http://u.example" x="1"></c>');
    assert.equal(subset(text, 'b'), '<b xmlns="http://d.example" xmlns:u="http://u.example"><c x="1"></c></b>');
  });

  test('an inner declaration hides an outer one, an empty default namespace is not written at the top', () => {
    const text =
      '<a xmlns="http://d.example" xmlns:p="http://1.example"><b xmlns="" xmlns:p="http://2.example"><c/></b></a>';
    assert.equal(subset(text, 'b'), '<b xmlns:p="http://2.example"><c></c></b>');
    assert.equal(subset(text, 'c'), '<c xmlns:p="http://2.example"></c>');
  });

  test('it takes over the nearest xml: attributes, which its children do not', () => {
    const text = '<a xml:lang="de" xml:space="preserve"><b xml:lang="en"><c id="1"><d/></c></b></a>';
    assert.equal(subset(text, 'c'), '<c id="1" xml:lang="en" xml:space="preserve"><d></d></c>');
    assert.equal(subset(text, 'b'), '<b xml:lang="en" xml:space="preserve"><c id="1"><d></d></c></b>');
  });

  test('the xml prefix is never declared', () => {
    const text = '<a xmlns:xml="http://www.w3.org/XML/1998/namespace"><b/></a>';
    assert.equal(canonical(text), '<a><b></b></a>');
  });
});

describe('exclusive canonicalization', () => {
  const text =
    '<n0:a xmlns:n0="http://0.example" xmlns:n1="http://1.example" xmlns="http://d.example" xml:lang="en"><n1:b x="1" n0:y="2"><c/></n1:b></n0:a>';

  test('only namespaces that are used are written, where they are used; xml: attributes stay behind', () => {
    assert.equal(
      subset(text, 'b', { exclusive: [] }),
      '<n1:b xmlns:n0="http://0.example" xmlns:n1="http://1.example" x="1" n0:y="2"><c xmlns="http://d.example"></c></n1:b>',
    );
  });

  test('prefixes that are asked for are treated as in the inclusive form', () => {
    assert.equal(
      subset('<a xmlns:p="http://p.example"><b/></a>', 'b', { exclusive: ['p'] }),
      '<b xmlns:p="http://p.example"></b>',
    );
    assert.equal(
      subset('<a xmlns="http://d.example" xmlns:p="http://p.example"><p:b/></a>', 'b', { exclusive: [''] }),
      '<p:b xmlns="http://d.example" xmlns:p="http://p.example"></p:b>',
    );
  });
});
