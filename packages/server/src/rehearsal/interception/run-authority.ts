// A certification authority for one run: clients that are told to trust it believe the rehearsal to be the service. It can
// certify nothing but the intercepted names, its key exists in memory only, and it is void after a day.
// RFC 5280: §4.2.1.10 name constraints, §4.2.1.9 basic constraints, §4.2.1.6 alternative names.
import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { encodePem } from '@assay/authenticode';
import { der } from './der.ts';

const makeKeyPair = promisify(generateKeyPair);

/** RSA of this length is what every TLS client in the field takes. */
const RSA_BITS = 2048;
const HOUR_MS = 3_600_000;
/** For machines whose clock is behind. */
const BACKDATE_MS = HOUR_MS;
const LIFETIME_MS = 24 * HOUR_MS;

const OID = {
  commonName: '2.5.4.3',
  organizationName: '2.5.4.10',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/** Tags of the forms in a GeneralName. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;
/** An address with a mask that fits every address of the family: 4 and 4 bytes, 16 and 16 bytes. */
const ALL_ADDRESSES = [8, 32].map((length) => new Uint8Array(length));

export interface RunAuthority {
  /** PEM of the authority's certificate: what clients are told to trust. */
  readonly certificate: string;
  /** PEM of the certificate for the intercepted names, and of its private key. */
  readonly serverCertificate: string;
  readonly serverKey: string;
}

interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

interface Issuer {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const name = (commonName: string): Uint8Array =>
  der.sequence(
    der.set(der.sequence(der.oid(OID.organizationName), der.utf8String('Assay rehearsal'))),
    der.set(der.sequence(der.oid(OID.commonName), der.utf8String(commonName))),
  );

const extension = (type: string, critical: boolean, value: Uint8Array): Uint8Array =>
  der.sequence(der.oid(type), ...(critical ? [der.boolean(true)] : []), der.octetString(value));

const publicKeyInfo = (key: KeyObject): Uint8Array => key.export({ type: 'spki', format: 'der' });

/** Any value that is the key's own will do (RFC 5280 §4.2.1.2). */
const keyIdentifier = (key: KeyObject): Uint8Array =>
  createHash('sha256').update(publicKeyInfo(key)).digest().subarray(0, 20);

const dnsName = (host: string): Uint8Array => der.primitive(DNS_NAME, Buffer.from(host, 'latin1'));

/** Bit 0 is digitalSignature, 2 keyEncipherment, 5 keyCertSign. */
const AUTHORITY_USAGE = der.bitString(Uint8Array.of(0b0000_0100), 2);
const SERVER_USAGE = der.bitString(Uint8Array.of(0b1010_0000), 5);

const serverUsage = extension(OID.extendedKeyUsage, false, der.sequence(der.oid(OID.serverAuth)));

function authorityExtensions(hosts: readonly string[]): readonly Uint8Array[] {
  const permitted = hosts.map((host) => der.sequence(dnsName(host)));
  // Names of one kind restrict that kind only; without the second list it could certify any address.
  const excluded = ALL_ADDRESSES.map((range) => der.sequence(der.primitive(IP_ADDRESS, range)));
  const constraints = der.sequence(der.constructed(0, ...permitted), der.constructed(1, ...excluded));
  return [
    extension(OID.basicConstraints, true, der.sequence(der.boolean(true), der.integer(Uint8Array.of(0)))),
    extension(OID.keyUsage, true, AUTHORITY_USAGE),
    serverUsage,
    extension(OID.nameConstraints, true, constraints),
  ];
}

function serverExtensions(hosts: readonly string[]): readonly Uint8Array[] {
  return [
    extension(OID.basicConstraints, true, der.sequence()),
    extension(OID.keyUsage, true, SERVER_USAGE),
    serverUsage,
    extension(OID.subjectAltName, false, der.sequence(...hosts.map(dnsName))),
  ];
}

function certify(subject: Subject, issuer: Issuer, now: Date): string {
  const algorithm = der.sequence(der.oid(OID.sha256WithRsa), der.null());
  const serialNumber = randomBytes(16);
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x3f) | 0x40;
  const validity = [now.getTime() - BACKDATE_MS, now.getTime() + LIFETIME_MS].map((time) =>
    der.utcTime(new Date(time)),
  );
  const issuerKey = der.sequence(der.primitive(0, keyIdentifier(issuer.publicKey)));
  const signedPart = der.sequence(
    der.constructed(0, der.integer(Uint8Array.of(2))),
    der.integer(serialNumber),
    algorithm,
    name(issuer.commonName),
    der.sequence(...validity),
    name(subject.commonName),
    publicKeyInfo(subject.publicKey),
    der.constructed(
      3,
      der.sequence(
        ...subject.extensions,
        extension(OID.subjectKeyIdentifier, false, der.octetString(keyIdentifier(subject.publicKey))),
        extension(OID.authorityKeyIdentifier, false, issuerKey),
      ),
    ),
  );
  const signature = sign('sha256', signedPart, issuer.privateKey);
  return encodePem('CERTIFICATE', der.sequence(signedPart, algorithm, der.bitString(signature)));
}

/** Makes the authority and, with it, one certificate for these host names. */
export async function createRunAuthority(hosts: readonly string[], now: Date = new Date()): Promise<RunAuthority> {
  const [authorityKeys, serverKeys] = await Promise.all([
    makeKeyPair('rsa', { modulusLength: RSA_BITS }),
    makeKeyPair('rsa', { modulusLength: RSA_BITS }),
  ]);
  // The name differs from run to run, so that what a client remembers of an earlier one never fits by chance.
  const authority = { commonName: `Assay rehearsal ${randomBytes(4).toString('hex')}`, ...authorityKeys };
  const server = { commonName: hosts[0] ?? 'localhost', ...serverKeys };
  return {
    certificate: certify({ ...authority, extensions: authorityExtensions(hosts) }, authority, now),
    serverCertificate: certify({ ...server, extensions: serverExtensions(hosts) }, authority, now),
    serverKey: serverKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
