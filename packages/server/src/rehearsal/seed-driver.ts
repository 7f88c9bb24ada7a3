// The package of seeded submissions that bring none: a driver that is an INF alone, in a cabinet signed with a key that is made
// when it is first needed and gone with the process.
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import {
  bytesSource,
  createCertificate,
  createLocalKey,
  OID,
  rewriteBytes,
  type SigningKey,
  signFile,
  writeCabinet,
} from '@assay/authenticode';
import type { Clock } from '../clock.ts';

const makeKeyPair = promisify(generateKeyPair);

const RSA_BITS = 2048;
const DAY_MS = 86_400_000;
/** Longer than a rehearsal runs. */
const VALID_DAYS = 365;

const ARCHITECTURES = ['amd64', 'arm64', 'x86'] as const;

/** An INF that installs a device without a service, on every architecture. */
const INF = `; A device without a service, for rehearsals of Assay.

[Version]
Signature   = "$WINDOWS NT$"
Class       = System
ClassGuid   = {4D36E97D-E325-11CE-BFC1-08002BE10318}
Provider    = %Provider%
CatalogFile = seed.cat
DriverVer   = 01/01/2026,1.0.0.0
PnpLockdown = 1

[Manufacturer]
%Provider% = Seed, ${ARCHITECTURES.map((architecture) => `NT${architecture}`).join(', ')}

${ARCHITECTURES.map((architecture) => `[Seed.NT${architecture}]\n%Device% = Seed_Device, ROOT\\AssaySeed\n`).join('\n')}
[Seed_Device.NT]

[Seed_Device.NT.Services]
AddService = , 0x00000002

[Strings]
Provider = "Assay rehearsal"
Device   = "Seeded device"
`.replaceAll('\n', '\r\n');

async function makeKey(clock: Clock): Promise<SigningKey> {
  const pair = await makeKeyPair('rsa', { modulusLength: RSA_BITS });
  const now = clock().getTime();
  const certificate = createCertificate({
    subject: { commonName: 'Assay rehearsal seed', organization: 'Assay' },
    ...pair,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + VALID_DAYS * DAY_MS),
    extendedKeyUsages: [OID.codeSigning],
  });
  return createLocalKey({ privateKey: pair.privateKey, certificate, chain: [] });
}

let keyOfProcess: Promise<SigningKey> | undefined;

/** The signed cabinet, and the key whose certificate must be registered to the account that submits it. */
export async function makeSeedDriver(clock: Clock): Promise<{ readonly bytes: Uint8Array; readonly key: SigningKey }> {
  keyOfProcess ??= makeKey(clock);
  const key = await keyOfProcess;
  const inf = new TextEncoder().encode(INF);
  const files = [{ name: 'seed\\seed.inf', size: inf.length, source: bytesSource(inf) }];
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCabinet({ files, compression: 'mszip' })) chunks.push(chunk);
  const cabinet = bytesSource(Buffer.concat(chunks));
  return { bytes: await rewriteBytes(cabinet, await signFile(cabinet, { key })), key };
}
