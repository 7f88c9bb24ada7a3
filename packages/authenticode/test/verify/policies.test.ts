// Which policy fails, and why: faults of format and of trust told apart, several signatures, and what the kernel does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  addUnauthenticatedAttribute,
  bytesSource,
  createCertificate,
  createLocalKey,
  OID,
  POLICIES,
  pe,
  verifyFile,
} from '../../src/index.ts';
import { judgeKernelProduction } from '../../src/verify/kernel-production.ts';
import { CROSS_SIGNING_ROOT, MICROSOFT_KERNEL_ROOTS, windowsThumbprint } from '../../src/verify/microsoft-roots.ts';
import { verifySignatures } from '../../src/verify/verify-file.ts';
import { makePeImage } from '../pe-image.ts';
import { makeKeyPair } from '../support/authority.ts';
import {
  daysFromNow,
  LONG,
  makeSignerFamily,
  resultOf,
  signed,
  verdicts,
  withAnySignature,
  withForgedSignature,
} from './signers.ts';

const image = makePeImage({ size: 4096, bits: 64 });
const family = makeSignerFamily();
const other = makeSignerFamily('Fabrikam Root');
const anchors = [family.root];
const key = family.signer();

function verify(file: Uint8Array, options: Partial<Parameters<typeof verifyFile>[1]> = {}) {
  return verifyFile(bytesSource(file), { anchors, ...options });
}

describe('one signature', () => {
  test('a good one meets everything but what only Microsoft can give', async () => {
    const { ok, policies, signatures } = await verify(await signed(image, { key }));
    assert.equal(ok, true);
    assert.deepEqual(
      policies.map(({ policy }) => policy),
      Object.keys(POLICIES),
    );
    assert.deepEqual(verdicts(policies), {
      encoding: 'met',
      digest: 'met',
      signature: 'met',
      chain: 'met',
      usage: 'met',
      timestamp: 'notApplicable',
      revocation: 'notChecked',
      pnpInstall: 'notApplicable',
      kernelTestSigning: 'met',
      kernelProduction: 'notMet',
    });
    const [signature] = signatures;
    assert.deepEqual(signature?.position, { index: 0, nestedIn: undefined });
    assert.deepEqual(
      [signature?.digestAlgorithm, signature?.fileDigestAlgorithm, signature?.signatureAlgorithm],
      ['sha256', 'sha256', OID.ecdsaWithSha256],
    );
    assert.deepEqual([signature?.usages, signature?.statementType], [['code signing'], 'individual']);
    assert.deepEqual(
      signature?.policies.map(({ policy }) => policy),
      Object.keys(POLICIES).slice(0, 7),
    );
    assert.match(resultOf(policies, 'revocation').explanation, /No revocation list/);
  });

  test('an unsigned image', async () => {
    const { policies } = await verify(image);
    assert.equal(resultOf(policies, 'signature').verdict, 'notMet');
    assert.match(resultOf(policies, 'signature').remedy ?? '', /Sign it/);
    assert.equal(resultOf(policies, 'kernelTestSigning').verdict, 'notMet');
    assert.equal(resultOf(policies, 'kernelProduction').verdict, 'notMet');
  });

  test('an image that was changed after signing', async () => {
    const file = await signed(image, { key });
    file[3000] = (file[3000] ?? 0) ^ 1;
    const { ok, policies, signatures } = await verify(file);
    assert.deepEqual([ok, signatures[0]?.intact], [false, false]);
    const expected = { encoding: 'met', digest: 'notMet', signature: 'met', chain: 'met' };
    assert.deepEqual({ ...verdicts(policies), ...expected }, verdicts(policies));
    const loads = resultOf(policies, 'kernelTestSigning');
    assert.deepEqual([loads.verdict, /error 577/.test(loads.explanation)], ['notMet', true]);
  });

  test('a forged signature', async () => {
    const { ok, policies } = await verify(await withForgedSignature(await signed(image, { key })));
    const expected = { digest: 'met', signature: 'notMet', kernelTestSigning: 'notMet', kernelProduction: 'notMet' };
    assert.deepEqual([ok, { ...verdicts(policies), ...expected }], [false, verdicts(policies)]);
  });

  test('a signature that is garbage is a fault of format', async () => {
    const [signature] = await pe.readSignatures(bytesSource(await signed(image, { key })));
    assert.ok(signature);
    const broken = Uint8Array.from(signature);
    broken[5] = 0x13;
    const { policies, signatures } = await verify(await withAnySignature(image, broken));
    assert.deepEqual([signatures[0]?.problems.map(({ code }) => code), signatures[0]?.intact], [['malformed'], false]);
    const expected = { encoding: 'notMet', digest: 'notChecked', chain: 'notChecked', kernelTestSigning: 'notMet' };
    assert.deepEqual({ ...verdicts(policies), ...expected }, verdicts(policies));
    assert.match(resultOf(policies, 'encoding').remedy ?? '', /fault of format, not of trust/);
  });

  test('an image that is cut off', async () => {
    const { ok, policies, problems } = await verify((await signed(image, { key })).subarray(0, -9));
    assert.deepEqual([ok, problems.map(({ code }) => code)], [false, ['malformed']]);
    assert.equal(resultOf(policies, 'encoding').verdict, 'notMet');
    assert.equal(resultOf(policies, 'digest').verdict, 'notChecked');
  });

  test('SHA-1 is told of as weak, not as a change', async () => {
    const file = await signed(image, { key, digestAlgorithm: 'sha1' });
    const weak = await verify(file);
    assert.deepEqual([weak.ok, weak.signatures[0]?.intact], [false, true]);
    assert.match(resultOf(weak.policies, 'digest').explanation, /is that of this content, but.*SHA-1/);
    const loads = resultOf(weak.policies, 'kernelTestSigning');
    assert.deepEqual([loads.verdict, /SHA-1 only/.test(loads.explanation)], ['met', true]);
    const allowed = await verify(file, { allowSha1: true });
    assert.deepEqual([allowed.ok, resultOf(allowed.policies, 'digest').verdict], [true, 'met']);
  });

  test('a usage that is missing is not a broken chain', async () => {
    const file = await signed(image, { key: family.signer({ usages: [OID.timeStamping] }) });
    const { ok, policies, signatures } = await verify(file);
    assert.deepEqual([ok, signatures[0]?.usages], [false, ['time stamping']]);
    assert.deepEqual([resultOf(policies, 'chain').verdict, resultOf(policies, 'usage').verdict], ['met', 'notMet']);
    assert.match(resultOf(policies, 'usage').explanation, /Needed is: code signing/);
    const wanted = await verify(await signed(image, { key }), {
      requiredUsage: OID.windowsHardwareDriverVerification,
    });
    assert.match(resultOf(wanted.policies, 'usage').explanation, /Windows hardware driver verification/);
  });

  test('what the signer says comes back', async () => {
    const file = await signed(image, {
      key,
      programName: 'Contoso Echo',
      moreInfoUrl: 'https://contoso.example/',
      statementType: 'commercial',
    });
    const [signature] = (await verify(file)).signatures;
    assert.deepEqual(signature?.opusInfo, { programName: 'Contoso Echo', moreInfoUrl: 'https://contoso.example/' });
    assert.deepEqual([signature?.statementType, signature?.claimedTime], ['commercial', undefined]);
  });
});

describe('several signatures', () => {
  const second = other.signer({ name: 'Fabrikam Drivers' });

  test('one of a stranger besides a good one does no harm', async () => {
    const both = await signed(await signed(image, { key }), { key: second, mode: 'append' });
    const { ok, policies, signatures } = await verify(both);
    assert.equal(ok, true);
    assert.deepEqual(
      signatures.map(({ position, sequenceNumber, ok: good, intact }) => [position, sequenceNumber, good, intact]),
      [
        [{ index: 0, nestedIn: undefined }, undefined, true, true],
        [{ index: 1, nestedIn: 0 }, 1, false, true],
      ],
    );
    assert.equal(resultOf(policies, 'chain').verdict, 'met');
    const fromOther = await verify(both, { anchors: [other.root] });
    assert.equal(fromOther.ok, true);
    assert.match(resultOf(fromOther.policies, 'chain').explanation, /Fabrikam Drivers/);
  });

  test('a forged one besides a good one spoils the file, and is named', async () => {
    const both = await signed(await signed(image, { key }), { key: second, mode: 'append' });
    for (const [nested, name] of [
      [undefined, /^Signature 1: /],
      [0, /^Signature 2, nested in 1: /],
    ] as const) {
      const anchored = { anchors: [family.root, other.root] };
      const { ok, policies, signatures } = await verify(await withForgedSignature(both, nested), anchored);
      assert.deepEqual([ok, signatures.filter((signature) => signature.ok).length], [false, 1]);
      assert.equal(resultOf(policies, 'signature').verdict, 'notMet');
      assert.match(resultOf(policies, 'signature').explanation, name);
      assert.equal(resultOf(policies, 'kernelTestSigning').verdict, 'notMet');
    }
  });

  test("another image's signature nested in a good one is found", async () => {
    const [signature] = await pe.readSignatures(bytesSource(await signed(image, { key })));
    const foreign = await signed(makePeImage({ size: 8192, bits: 64 }), { key: second });
    const [foreignSignature] = await pe.readSignatures(bytesSource(foreign));
    assert.ok(signature && foreignSignature);
    const mixed = addUnauthenticatedAttribute(signature, OID.nestedSignature, foreignSignature);
    const { ok, policies, signatures } = await verify(await withAnySignature(image, mixed));
    assert.deepEqual([ok, signatures[0]?.ok], [false, true]);
    assert.ok(signatures[1]?.problems.some(({ code }) => code === 'digestMismatch'));
    assert.match(resultOf(policies, 'digest').explanation, /^Signature 2, nested in 1: /);
  });

  test('SHA-1 first and SHA-256 nested, as old drivers have it', async () => {
    const first = await signed(image, { key, digestAlgorithm: 'sha1' });
    const { ok, policies } = await verify(await signed(first, { key, mode: 'append' }));
    assert.equal(ok, true);
    assert.doesNotMatch(resultOf(policies, 'kernelTestSigning').explanation, /SHA-1 only/);
  });
});

test('side by side they cost one reading of the file for each content that they state', async () => {
  let file = await signed(makePeImage({ size: 262_144, bits: 64 }), { key });
  for (let count = 0; count < 9; count++) file = await signed(file, { key, mode: 'append' });
  let bytesRead = 0;
  const source = bytesSource(file);
  const counting = {
    size: source.size,
    read: (offset: number, length: number) => {
      bytesRead += length;
      return source.read(offset, length);
    },
  };
  const { ok, signatures } = await verifyFile(counting, { anchors });
  assert.deepEqual([ok, signatures.length], [true, 10]);
  assert.ok(bytesRead < 2 * file.length, `${bytesRead} bytes read of a file of ${file.length}`);
});

test('more than 64 are not looked at', async () => {
  const [signature] = await pe.readSignatures(bytesSource(await signed(image, { key })));
  assert.ok(signature);
  let crowded = signature;
  for (let count = 0; count < 70; count++) {
    crowded = addUnauthenticatedAttribute(crowded, OID.nestedSignature, signature);
  }
  const { ok, signatures } = await verify(await withAnySignature(image, crowded));
  assert.deepEqual([ok, signatures.length], [false, 65]);
  assert.match(signatures.at(-1)?.problems[0]?.message ?? '', /more than 64 signatures/);
});

describe('what is for the kernel', () => {
  test('programs and EFI images are not', async () => {
    for (const [subsystem, reason] of [
      [3, /user mode/],
      [10, /firmware/],
    ] as const) {
      const file = await signed(makePeImage({ size: 4096, bits: 64, subsystem }), { key });
      const { policies } = await verify(file);
      assert.equal(resultOf(policies, 'kernelTestSigning').verdict, 'notApplicable');
      assert.match(resultOf(policies, 'kernelProduction').explanation, reason);
    }
  });
});

describe('the kernel of a stock machine', () => {
  async function judge(
    signer: Parameters<typeof family.signer>[0],
    options: { known?: boolean; root?: boolean; at?: Date } = {},
  ) {
    const { known = true, root = true, at } = options;
    const file = bytesSource(await signed(image, { key: family.signer(signer) }));
    const trust = { anchors: root ? [family.root] : [], ...(at === undefined ? {} : { at }) };
    const { signatures } = await verifySignatures(file, trust);
    const roots = [{ subject: family.root.subject, sha1: windowsThumbprint(family.root) }];
    return judgeKernelProduction(signatures, trust, known ? roots : undefined);
  }
  const usages = [OID.codeSigning, OID.windowsHardwareDriverVerification];

  test('an own root never does, and the reason is plain', async () => {
    const { verdict, explanation, remedy } = await judge({ usages }, { known: false });
    assert.equal(verdict, 'notMet');
    assert.match(explanation, /'Contoso Root', which is not a root of Microsoft's.*Secure Boot/);
    assert.match(remedy ?? '', /Hardware Dev Center.*TESTSIGNING/);
    assert.equal((await judge({ usages }, { known: false, root: false })).verdict, 'notMet');
  });

  test('a root that it accepts does, with a certificate for driver verification', async () => {
    assert.equal((await judge({ usages })).verdict, 'met');
    for (const usage of [
      OID.windowsHardwareDriverAttestedVerification,
      OID.windowsHardwareDriverExtendedVerification,
    ]) {
      assert.equal((await judge({ usages: [OID.codeSigning, usage] })).verdict, 'met');
    }
    assert.equal((await judge({})).verdict, 'notMet');
    const component = await judge({ usages: [OID.codeSigning, OID.windowsSystemComponentVerification] });
    assert.equal(component.verdict, 'notChecked');
    assert.equal((await judge({ usages: [OID.windowsHardwareDriverVerification] })).verdict, 'notMet');
  });

  test('one that has expired and was not stamped is left open', async () => {
    const { verdict, explanation } = await judge({ usages, notAfter: daysFromNow(-1) });
    assert.equal(verdict, 'notChecked');
    assert.match(explanation, /no time stamp that is trusted here/);
  });

  test('a cross-certificate counts by the date of the certificate', async () => {
    const { signatures } = await verifySignatures(bytesSource(await signed(image, { key })), { anchors: [] });
    const crossSigned = (notBefore: Date) =>
      judgeKernelProduction(
        signatures.map(({ verification, ...rest }) => {
          const { signer } = verification;
          assert.ok(signer);
          return {
            ...rest,
            verification: { ...verification, signer: { ...signer, issuer: CROSS_SIGNING_ROOT, notBefore } },
          };
        }),
        { anchors: [] },
      );
    assert.equal(crossSigned(new Date('2014-01-01')).verdict, 'notChecked');
    const late = crossSigned(new Date('2016-01-01'));
    assert.deepEqual([late.verdict, /29 July 2015/.test(late.explanation)], ['notMet', true]);
  });

  /** A root with the name of one of Microsoft's, and a signer below it. */
  async function impostor(attachRoot: boolean) {
    const subject = { commonName: 'Microsoft Root Certificate Authority 2010', organization: 'Microsoft Corporation' };
    const rootKeys = makeKeyPair('ec');
    const root = createCertificate({ subject, ...rootKeys, certificateAuthority: true, ...LONG });
    const keys = makeKeyPair('ec');
    const certificate = createCertificate({
      subject: { commonName: 'Not Microsoft' },
      issuer: { certificate: root, privateKey: rootKeys.privateKey },
      publicKey: keys.publicKey,
      extendedKeyUsages: usages,
      ...LONG,
    });
    const impostorKey = createLocalKey({ privateKey: keys.privateKey, certificate, chain: [] });
    const trust = { anchors: attachRoot ? [root] : [] };
    const { signatures } = await verifySignatures(bytesSource(await signed(image, { key: impostorKey })), trust);
    const imitated = [{ subject: root.subject, sha1: MICROSOFT_KERNEL_ROOTS[0]?.sha1 ?? '' }];
    return {
      named: judgeKernelProduction(signatures, trust, imitated),
      unknown: judgeKernelProduction(signatures, trust),
    };
  }

  test('a name of Microsoft proves nothing', async () => {
    const { named, unknown } = await impostor(true);
    assert.equal(named.verdict, 'notMet');
    assert.match(named.explanation, /but is another certificate/);
    assert.equal(unknown.verdict, 'notChecked');
  });

  test('a claim that cannot be checked is left open', async () => {
    const { unknown } = await impostor(false);
    assert.equal(unknown.verdict, 'notChecked');
    assert.match(unknown.explanation, /not at hand/);
    assert.match(unknown.remedy ?? '', /Pass Microsoft's root/);
  });
});
