// Signed packages changed afterwards in every way we could think of: each must be found, and said in words.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeAuthority } from '../support/authority.ts';
import { utf8 } from '../zip/archives.ts';
import {
  type Change,
  changed,
  KIT,
  MISSPELT_KIT,
  makePackage,
  ORIGIN_TYPE,
  problemsOf,
  relationship,
  relationshipsText,
  replaceIn,
  sign,
  testAuthority,
} from './packages.ts';

const signed = {
  both: await sign(makePackage()),
  selected: await sign(makePackage(), { wholeRelationships: false }),
};

/** The change must give exactly this kind of problem, whichever way relationships are covered. */
async function isFound(change: Change, code: string, message: RegExp): Promise<void> {
  for (const [variety, bytes] of Object.entries(signed)) {
    const problems = await problemsOf(await changed(bytes, change));
    assert.deepEqual(
      [...new Set(problems.map((problem) => problem.code))],
      [code],
      `${variety}: ${JSON.stringify(problems)}`,
    );
    assert.match(problems.map((problem) => problem.message).join('\n'), message, variety);
  }
}

test('a package that is only zipped anew is still good', async () => {
  for (const bytes of Object.values(signed)) {
    assert.deepEqual(await problemsOf(await changed(bytes, () => {})), []);
    const reversed = (files: Map<string, Uint8Array>) => {
      const entries = [...files].reverse();
      files.clear();
      for (const [name, contents] of entries) files.set(name, contents);
    };
    assert.deepEqual(await problemsOf(await changed(bytes, reversed)), []);
  }
});

describe('parts', () => {
  test('one is changed', async () => {
    await isFound(
      replaceIn('PackageInfo', 'Submission', 'Subversion'),
      'digestMismatch',
      /^\/hck\/data\/PackageInfo\.xml was changed/,
    );
    const flip: Change = (files) => {
      const contents = files.get('hck/data/1f0c6c4e')?.slice() ?? new Uint8Array(1);
      contents[500_000] = (contents[500_000] ?? 0) ^ 1;
      files.set('hck/data/1f0c6c4e', contents);
    };
    await isFound(flip, 'digestMismatch', /^\/hck\/data\/1f0c6c4e was changed after it was signed$/);
  });

  test('one is added, of any kind, in any place', async () => {
    const places = ['hck/data/more.txt', 'more.xml', 'package/services/digital-signature/more.txt'];
    for (const name of places) {
      await isFound((files) => files.set(name, utf8('x')), 'digestMismatch', new RegExp(`^/${name} is not covered`));
    }
    const cer = 'package/services/digital-signature/certificate/AA.cer';
    await isFound((files) => files.set(cer, utf8('x')), 'digestMismatch', /AA\.cer is not covered/);
    const signature = 'package/services/digital-signature/xml-signature/a.psdsxs';
    await isFound((files) => files.set(signature, utf8('x')), 'digestMismatch', /a\.psdsxs is not covered/);
    const rels = 'hck/data/_rels/PackageInfo.xml.rels';
    const text = relationshipsText(relationship('R1', `${KIT}/coredata`, '1f0c6c4e'));
    await isFound(
      (files) => files.set(rels, utf8(text)),
      'digestMismatch',
      /relationship 'R1' of \/hck\/data\/_rels\/PackageInfo/,
    );
  });

  test('one is removed, or renamed', async () => {
    await isFound(
      (files) => files.delete('hck/telemetry/a%20b.txt'),
      'digestMismatch',
      /a%20b\.txt is signed but is not in/,
    );
    await isFound(
      (files) => files.delete('hck/telemetry/empty.txt'),
      'digestMismatch',
      /empty\.txt is signed but is not in/,
    );
    const rename: Change = (files) => {
      files.set('hck/telemetry/c.txt', files.get('hck/telemetry/a%20b.txt') ?? new Uint8Array(0));
      files.delete('hck/telemetry/a%20b.txt');
    };
    await isFound(
      rename,
      'digestMismatch',
      /a%20b\.txt is signed but is not .*; \/hck\/telemetry\/c\.txt is not covered/,
    );
  });

  test('two are exchanged', async () => {
    const exchange: Change = (files) => {
      const [a, b] = ['hck/data/9A7B', 'hck/data/1f0c6c4e'].map((name) => files.get(name) ?? new Uint8Array(0));
      files.set('hck/data/9A7B', b ?? new Uint8Array(0));
      files.set('hck/data/1f0c6c4e', a ?? new Uint8Array(0));
    };
    await isFound(exchange, 'digestMismatch', /1f0c6c4e was changed .*9A7B was changed/);
  });

  test('the type of one is changed, by name or by extension', async () => {
    const byName = replaceIn('[Content_Types]', /9A7B" ContentType="[^"]*"/, '9A7B" ContentType="text/x-evil"');
    await isFound(
      byName,
      'digestMismatch',
      /^\/hck\/data\/9A7B was signed as application\/octet and is now text\/x-evil$/,
    );
    const byExtension = replaceIn('[Content_Types]', 'ContentType="text/plain"', 'ContentType="text/html"');
    await isFound(byExtension, 'digestMismatch', /empty\.txt was signed as text\/plain and is now text\/html/);
  });
});

describe('relationships', () => {
  const root = '_rels/.rels';
  const only =
    (change: (text: string) => string): Change =>
    (files) => {
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(files.get(root));
      const result = change(text);
      assert.notEqual(result, text);
      files.set(root, utf8(result));
    };
  const adds = (more: string) => only((text) => text.replace('</Relationships>', `${more}</Relationships>`));

  test('one leads elsewhere, has another type, Id or mode', async () => {
    const changes = [
      only((text) => text.replace('"/hck/data/9A7B"', '"/hck/data/1f0c6c4e"')),
      only((text) => text.replace(`${MISSPELT_KIT}/packageinfo`, `${KIT}/packageinfo`)),
      only((text) => text.replace('"Rc3"', '"Rc4"')),
      only((text) => text.replace('"http://example.org/" TargetMode="External"', '"/hck/data/9A7B"')),
    ];
    for (const change of changes)
      await isFound(change, 'digestMismatch', /\/_rels\/\.rels was changed after it was signed/);
  });

  test('one is removed', async () => {
    await isFound(
      only((text) => text.replace(/<Relationship [^>]*Id="Rd4" \/>/, '')),
      'digestMismatch',
      /\.rels was changed/,
    );
  });

  test('one of a type that is signed is added', async () => {
    await isFound(
      adds(relationship('Rx', `${KIT}/coredata`, '/hck/data/9A7B')),
      'digestMismatch',
      /\.rels was changed/,
    );
  });

  test('one of a type that is not signed is added', async () => {
    const change = adds(relationship('Rx', 'http://example.org/evil', '/hck/data/9A7B'));
    const [first] = await problemsOf(await changed(signed.selected, change));
    assert.equal(first?.message, "relationship 'Rx' of /_rels/.rels is not covered by the signature");
    const [second] = await problemsOf(await changed(signed.both, change));
    assert.equal(second?.message, '/_rels/.rels was changed after it was signed');
  });

  test('only the order, the white space and the quotes are changed: the same relationships', async () => {
    const reorder = only((text) => {
      const elements = text.match(/<Relationship [^>]*>/g) ?? [];
      return text.replace(
        /<Relationship [\s\S]*<\/Relationships>/,
        `\n${elements.reverse().join('\n')}\n</Relationships>`,
      );
    });
    assert.deepEqual(await problemsOf(await changed(signed.selected, reorder)), []);
    const [problem] = await problemsOf(await changed(signed.both, reorder));
    assert.equal(problem?.code, 'digestMismatch', 'here the whole part is signed');
    const requote = only((text) => text.replaceAll(/Target="([^"]*)"/g, "Target = '$1'"));
    for (const bytes of Object.values(signed)) assert.deepEqual(await problemsOf(await changed(bytes, requote)), []);
  });

  test('those of signature parts lead elsewhere', async () => {
    const file = 'origin.psdsor.rels';
    const extra = relationship('Rx', `${KIT}/coredata`, '/hck/data/9A7B');
    const change = replaceIn(file, '</Relationships>', `${extra}</Relationships>`);
    await isFound(
      change,
      'digestMismatch',
      /^relationship 'Rx' of \/package\/services\/digital-signature\/origin\.psdsor is not/,
    );
    const asSignature = replaceIn(file, /xml-signature\/[0-9a-f]*\.psdsxs/, '../../hck/data/9A7B');
    await isFound(asSignature, 'malformed', /does not lead to a part of type .*xmlsignature/);
    const twice = replaceIn(file, /<Relationship ([^>]*)Id="[^"]*" \/>/, '$&<Relationship $1Id="Rtwice" />');
    await isFound(twice, 'malformed', /is listed twice/);
  });

  test('a second origin, one with content, one that is not there', async () => {
    const second = adds(relationship('Ro', ORIGIN_TYPE, '/hck/data/9A7B'));
    await isFound(second, 'malformed', /several origins/);
    const filled: Change = (files) => files.set('package/services/digital-signature/origin.psdsor', utf8('x'));
    await isFound(filled, 'malformed', /origin\.psdsor must be empty/);
    await isFound(
      only((text) => text.replace('/origin.psdsor"', '/other.psdsor"')),
      'malformed',
      /does not lead to a part/,
    );
  });
});

describe('the signature itself', () => {
  const xml = 'xml-signature/';
  const inSignature = (from: string | RegExp, to: string): Change => {
    return (files) => {
      const name = [...files.keys()].find((each) => each.includes(xml) && each.endsWith('.psdsxs')) ?? '';
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(files.get(name));
      const result = text.replace(from, to);
      assert.notEqual(result, text);
      files.set(name, utf8(result));
    };
  };
  const forged = (change: Change, message: RegExp, code = 'badSignature') => isFound(change, code, message);

  test('a reference is dropped, or a digest exchanged, in the manifest', async () => {
    const dropped: Change = (files) => {
      inSignature(/<Reference URI="\/hck\/telemetry\/a%20b[\s\S]*?<\/Reference>/, '')(files);
      files.delete('hck/telemetry/a%20b.txt');
    };
    await forged(dropped, /the list of signed parts was changed/);
    await forged(inSignature('<SignatureTime', '<SignatureTime x="1"'), /the list of signed parts was changed/);
    await forged(inSignature(/<Value>\d{4}/, '<Value>1999'), /the list of signed parts was changed/);
  });

  test('SignedInfo or the signature value is changed', async () => {
    await forged(inSignature(/(<\/SignatureMethod>|rsa-sha256" \/>)/, 'rsa-sha512" />'), /not by this key/);
    await forged(inSignature(/<SignatureValue>..../, '<SignatureValue>AAAA'), /not by this key/);
    await forged(
      inSignature(
        'REC-xml-c14n-20010315" /><SignatureMethod',
        'REC-xml-c14n-20010315#WithComments" /><SignatureMethod',
      ),
      /not by this key/,
    );
  });

  test("the certificate is another signer's, with or without the same names", async () => {
    const other = makeAuthority('rsa');
    const swap: Change = (files) => {
      files.set(
        `package/services/digital-signature/certificate/${testAuthority().leaf.serialNumber}.cer`,
        other.leaf.bytes,
      );
    };
    for (const bytes of Object.values(signed)) {
      const problems = await problemsOf(await changed(bytes, swap));
      assert.ok(
        problems.some(({ code, message }) => code === 'badSignature' && /not by this key/.test(message)),
        JSON.stringify(problems),
      );
    }
  });

  test('the certificates are gone', async () => {
    const gone: Change = (files) => {
      for (const name of files.keys()) if (name.endsWith('.psdsxs.rels')) files.delete(name);
    };
    const problems = await problemsOf(await changed(signed.both, gone));
    assert.ok(problems.some(({ message }) => message === "the signature does not carry its signer's certificate"));
    assert.ok(problems.some(({ message }) => /\.cer is not covered by the signature/.test(message)));
  });

  test('wrapping: the signed Object is moved aside and another one put in its place', async () => {
    const evil = '<Object Id="idPackageObject"><Manifest></Manifest></Object>';
    const object = /<Object Id="idPackageObject">[\s\S]*<\/Object>/;
    const wraps: [Change, RegExp][] = [
      [inSignature(object, `${evil}$&`), /Id 'idPackageObject' more than once/],
      [inSignature(object, `$&${evil}`), /Id 'idPackageObject' more than once/],
      [inSignature(object, `<Object>$&</Object>${evil}`), /Id 'idPackageObject' more than once/],
      [inSignature(object, '<Object>$&</Object>'), /refers to '#idPackageObject', which is no Object of it/],
      [inSignature(object, `<Object><x xmlns="urn:x" Id="idPackageObject"/></Object>$&`), /more than once/],
      [inSignature(object, `<Object><x xmlns="urn:x" ID="idPackageObject"/></Object>$&`), /more than once/],
      [inSignature(object, `<Object><x xmlns="urn:x" xml:id="idPackageObject"/></Object>$&`), /more than once/],
      [inSignature('Signature Id="SignatureIdValue"', 'Signature Id="idPackageObject"'), /more than once/],
      [inSignature(object, '<Manifest>$&</Manifest>'), /has Manifest there/],
    ];
    for (const [wrap, message] of wraps) await forged(wrap, message, 'malformed');
    await forged(inSignature(object, '<KeyInfo>$&</KeyInfo>'), /which is no Object of it/, 'malformed');
  });

  test('an Object that is not signed says nothing', async () => {
    const evil = '<Object Id="other"><Manifest></Manifest></Object>';
    for (const bytes of Object.values(signed)) {
      assert.deepEqual(await problemsOf(await changed(bytes, inSignature('</Signature>', `${evil}</Signature>`))), []);
    }
    await forged(inSignature('URI="#idPackageObject"', 'URI="#other"'), /no Object of it/, 'malformed');
    await forged(inSignature('URI="#idPackageObject"', 'URI=""'), /refers to '', which is no Object/, 'malformed');
    await forged(inSignature(/<Reference URI="#id[\s\S]*?<\/Reference>/, ''), /must cover one Object/, 'malformed');
    await forged(inSignature(/<Reference URI="#id[\s\S]*?<\/Reference>/, '$&$&'), /each Object once/, 'malformed');
  });

  test('algorithms and transforms that are not those of packages', async () => {
    const malformed: [string | RegExp, string, RegExp][] = [
      ['xmldsig-more#rsa-sha256', 'xmldsig-more#ecdsa-sha256', /signed with RSA/],
      ['xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256', /is not supported/],
      [
        'CanonicalizationMethod Algorithm="',
        'CanonicalizationMethod Algorithm="urn:x',
        /canonicalization .* is not supported/,
      ],
      ['xmlenc#sha256', 'xmlenc#ripemd160', /digest algorithm .* is not supported/],
      ['RelationshipTransform"', 'RelationshipTransformer"', /transforms of the reference to \/_rels\/\.rels/],
      ['<opc:RelationshipsGroupReference ', '<opc:Other ', /has opc:Other in it/],
      [/<DigestValue>[^<]*/, '<DigestValue>AAAA', /3 bytes instead of 32/],
      [/<DigestValue>[^<]*/, '<DigestValue>A?==', /not base64/],
      ['?ContentType=text/xml', '', /not a part with its content type/],
      ['/hck/data/PackageInfo.xml?', '/hck/../PackageInfo.xml?', /cannot be the name of a part/],
      ['<Manifest', 'text<Manifest', /has text in it/],
      ['<SignatureValue>', '<!DOCTYPE x><SignatureValue>', /malformed/],
    ];
    for (const [from, to, message] of malformed) await forged(inSignature(from, to), message, 'malformed');
  });

  test('one Reference repeated without end', async () => {
    const repeat = inSignature(/<Reference URI="\/hck\/data\/9A7B[\s\S]*?<\/Reference>/, '$&'.repeat(5));
    await forged(repeat, /9A7B more than 4 times/, 'malformed');
  });

  test('a comment in the XML is not signed and changes nothing', async () => {
    for (const bytes of Object.values(signed)) {
      const commented = await changed(bytes, inSignature('<SignedInfo>', '<SignedInfo><!-- hello -->'));
      assert.deepEqual(await problemsOf(commented), []);
    }
  });
});
