// The same documents through xmllint, which has nothing in common with the code here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type CanonicalForm, canonicalize, parseXml } from '../../src/xml/index.ts';
import { makeFolder } from '../support/external-tool.ts';

function hasXmllint(t: TestContext): boolean {
  if (spawnSync('xmllint', ['--version']).error === undefined) return true;
  t.skip('xmllint is not installed: apt-get install libxml2-utils');
  return false;
}

const prefix = fc.constantFrom('', 'p', 'q', 'é');
// Without '&', which libxml2 does not escape in namespace names, although §2.3 has them written like attributes.
const uri = fc.constantFrom('http://a.example/', 'urn:b', 'http://c.example/?x=1', '');
const localName = fc.constantFrom('a', 'b', 'c.d', 'e-f', 'ö', '\u{10000}x', '\ufdf0x');
const text = fc
  .array(
    fc.constantFrom(
      'x',
      ' ',
      '\n',
      '\r\n',
      '\t',
      '&amp;',
      '&lt;',
      '&gt;',
      '&#13;',
      '&#xA;',
      '&#9;',
      '"',
      "'",
      'é',
      '\u{1f600}',
      ']',
    ),
  )
  .map((parts) => parts.join(''));
const attributeText = text.map((value) => value.replaceAll('"', '&quot;'));

interface Tree {
  readonly prefix: string;
  readonly name: string;
  readonly declarations: readonly (readonly [string, string])[];
  readonly attributes: readonly (readonly [string, string, string])[];
  readonly children: readonly (Tree | string)[];
}

const { tree } = fc.letrec<{ tree: Tree; misc: string }>((tie) => ({
  tree: fc.record({
    prefix,
    name: localName,
    declarations: fc.array(fc.tuple(prefix, uri), { maxLength: 3 }),
    attributes: fc.array(fc.tuple(prefix, localName, attributeText), { maxLength: 4 }),
    children: fc.array(fc.oneof({ maxDepth: 4, withCrossShrink: true }, text, tie('misc'), tie('tree')), {
      maxLength: 4,
    }),
  }),
  misc: fc.constantFrom('<!-- c -->', '<?pi?>', '<?pi some  body ?>', '<![CDATA[<&]]&gt;]]>', '<!---->'),
}));

/** The document's text. Each prefix is declared at the root; names that would be doubled are left out. */
function write(node: Tree | string, scope: ReadonlyMap<string, string>): string {
  if (typeof node === 'string') return node;
  const declared = new Map(node.declarations.filter(([name, value]) => name === '' || value !== ''));
  const inner = new Map([...scope, ...declared]);
  const seen = new Set<string>();
  let result = `<${node.prefix === '' ? '' : `${node.prefix}:`}${node.name}`;
  const attributes = node.attributes.flatMap(([attributePrefix, name, value]) => {
    const key = `${attributePrefix === '' ? '' : inner.get(attributePrefix)} ${name}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [` ${attributePrefix === '' ? '' : `${attributePrefix}:`}${name}="${value}"`];
  });
  const declarations = [...declared].map(([name, value]) => ` xmlns${name === '' ? '' : `:${name}`}="${value}"`);
  // Attributes and declarations mixed, for their order must not matter.
  result += [...attributes.slice(1), ...declarations, ...attributes.slice(0, 1)].join('');
  return `${result}>${node.children.map((child) => write(child, inner)).join('')}</${node.prefix === '' ? '' : `${node.prefix}:`}${node.name}>`;
}

const ALL: ReadonlyMap<string, string> = new Map([
  ['p', 'urn:p'],
  ['q', 'urn:q'],
  ['é', 'urn:r'],
]);

function documentText(root: Tree): string {
  const declarations = [...ALL].map(([name, value]) => ` xmlns:${name}="${value}"`).join('');
  return `<!-- before --><?pi?>\n<root${declarations}>${write(root, ALL)}</root>\n<!-- after -->`;
}

for (const { option, form } of [
  { option: '--c14n', form: { comments: true } },
  { option: '--exc-c14n', form: { comments: true, exclusive: [] } },
] as const satisfies { option: string; form: CanonicalForm }[]) {
  test(`random documents are canonicalized as by xmllint ${option}`, (t) => {
    if (!hasXmllint(t)) return;
    const folder = makeFolder(t, {});
    fc.assert(
      fc.property(tree, (root) => {
        const document = documentText(root);
        writeFileSync(join(folder, 'a.xml'), document);
        const { status, stdout, stderr } = spawnSync('xmllint', [option, 'a.xml'], { cwd: folder });
        assert.equal(status, 0, `${stderr}\n${document}`);
        assert.equal(Buffer.from(canonicalize(parseXml(Buffer.from(document)), form)).toString(), stdout.toString());
      }),
      { numRuns: 150 },
    );
  });
}
