// Certificate extensions that matter to a chain of trust (RFC 5280 §4.2): read into one record, written one by one.
import {
  type DerElement,
  readBitString,
  readBoolean,
  readOctetString,
  readOid,
  readSmallInteger,
  TAG,
  write,
} from '../der/index.ts';
import { ParseError } from '../errors.ts';
import { OID } from '../object-identifiers.ts';

/** Numbers of the bits of KeyUsage (RFC 5280 §4.2.1.3). */
export const KEY_USAGE_BITS = { digitalSignature: 0, nonRepudiation: 1, keyCertSign: 5, crlSign: 6 } as const;

export interface CertificateExtensions {
  readonly isCertificateAuthority: boolean;
  /** How many intermediate authorities may follow; undefined means no limit. */
  readonly pathLength: number | undefined;
  /** Numbers of the KeyUsage bits that are set; undefined when the extension is absent. */
  readonly keyUsageBits: readonly number[] | undefined;
  /** Object identifiers; undefined when the extension is absent, which means any usage. */
  readonly extendedKeyUsages: readonly string[] | undefined;
  /** Whether the extension that lists them is critical, as RFC 3161 §2.3 demands of time-stamping authorities. */
  readonly extendedKeyUsagesCritical: boolean;
  /** Object identifiers of the policies under which it was issued; undefined when the extension is absent. */
  readonly certificatePolicies: readonly string[] | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  readonly authorityKeyIdentifier: Uint8Array | undefined;
  /** Critical extensions that this package does not process; a path through such a certificate is refused. */
  readonly unknownCriticalExtensions: readonly string[];
}

/** Extensions whose meaning does not change what a path is good for here. */
const HARMLESS_EXTENSIONS: ReadonlySet<string> = new Set([OID.subjectAltName]);

type MutableExtensions = { -readonly [Key in keyof CertificateExtensions]: CertificateExtensions[Key] };

const READERS: ReadonlyMap<string, (value: DerElement, into: MutableExtensions) => void> = new Map<
  string,
  (value: DerElement, into: MutableExtensions) => void
>([
  [
    OID.basicConstraints,
    (value, into) => {
      const parts = value.parts(TAG.sequence, 'basicConstraints');
      const authority = parts.optional(TAG.boolean);
      const pathLength = parts.optional(TAG.integer);
      parts.end();
      into.isCertificateAuthority = authority !== undefined && readBoolean(authority, 'cA');
      into.pathLength = pathLength && readSmallInteger(pathLength, 'pathLenConstraint');
    },
  ],
  [
    OID.keyUsage,
    (value, into) => {
      const { bytes } = readBitString(value, 'keyUsage');
      const bits: number[] = [];
      for (let bit = 0; bit < Math.min(bytes.length * 8, 9); bit++) {
        if (((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) bits.push(bit);
      }
      into.keyUsageBits = bits;
    },
  ],
  [
    OID.extendedKeyUsage,
    (value, into) => {
      const usages = value.expect(TAG.sequence, 'extKeyUsage').children();
      into.extendedKeyUsages = usages.map((usage) => readOid(usage, 'an extended key usage'));
    },
  ],
  [
    OID.certificatePolicies,
    (value, into) => {
      const policies = value.expect(TAG.sequence, 'certificatePolicies').children();
      into.certificatePolicies = policies.map((policy) =>
        readOid(policy.parts(TAG.sequence, 'a policy').next('identifier'), 'the identifier of a policy'),
      );
    },
  ],
  [
    OID.subjectKeyIdentifier,
    (value, into) => {
      into.subjectKeyIdentifier = readOctetString(value, 'subjectKeyIdentifier');
    },
  ],
  [
    OID.authorityKeyIdentifier,
    (value, into) => {
      into.authorityKeyIdentifier = value.parts(TAG.sequence, 'authorityKeyIdentifier').optional(0x80)?.value;
    },
  ],
]);

/** Reads the Extensions of a certificate; `list` is undefined when it has none. */
export function parseExtensions(list: DerElement | undefined): CertificateExtensions {
  const unknownCriticalExtensions: string[] = [];
  const result: MutableExtensions = {
    isCertificateAuthority: false,
    pathLength: undefined,
    keyUsageBits: undefined,
    extendedKeyUsages: undefined,
    extendedKeyUsagesCritical: false,
    certificatePolicies: undefined,
    subjectKeyIdentifier: undefined,
    authorityKeyIdentifier: undefined,
    unknownCriticalExtensions,
  };
  const seen = new Set<string>();
  for (const extension of list?.expect(TAG.sequence, 'the extensions').children() ?? []) {
    const parts = extension.parts(TAG.sequence, 'an extension');
    const type = readOid(parts.next('type'), 'the type of an extension');
    const criticalFlag = parts.optional(TAG.boolean);
    const critical = criticalFlag !== undefined && readBoolean(criticalFlag, 'critical');
    const value = parts.next('value').expect(TAG.octetString, 'the value of an extension');
    parts.end();
    if (seen.has(type)) {
      throw new ParseError('x509', 'duplicate-extension', `extension ${type} stands twice`, extension.offset);
    }
    seen.add(type);
    const read = READERS.get(type);
    if (read !== undefined) {
      read(value.inner(), result);
      if (type === OID.extendedKeyUsage) result.extendedKeyUsagesCritical = critical;
    } else if (critical && !HARMLESS_EXTENSIONS.has(type)) {
      unknownCriticalExtensions.push(type);
    }
  }
  return result;
}

function extension(type: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [write.boolean(true)] : [];
  return write.sequence([write.oid(type), ...flag, write.octetString(value)]);
}

/** basicConstraints, critical; an end entity's is an empty SEQUENCE. */
export function basicConstraintsExtension(authority: boolean, pathLength: number | undefined): Uint8Array {
  const parts = authority ? [write.boolean(true)] : [];
  if (authority && pathLength !== undefined) parts.push(write.integer(pathLength));
  return extension(OID.basicConstraints, true, write.sequence(parts));
}

/** keyUsage, critical. */
export function keyUsageExtension(bits: readonly number[]): Uint8Array {
  return extension(OID.keyUsage, true, write.namedBits(bits));
}

export function extendedKeyUsageExtension(usages: readonly string[], critical: boolean): Uint8Array {
  return extension(OID.extendedKeyUsage, critical, write.sequence(usages.map(write.oid)));
}

/** certificatePolicies without qualifiers. */
export function certificatePoliciesExtension(policies: readonly string[]): Uint8Array {
  const value = write.sequence(policies.map((policy) => write.sequence([write.oid(policy)])));
  return extension(OID.certificatePolicies, false, value);
}

export function subjectKeyIdentifierExtension(keyIdentifier: Uint8Array): Uint8Array {
  return extension(OID.subjectKeyIdentifier, false, write.octetString(keyIdentifier));
}

export function authorityKeyIdentifierExtension(keyIdentifier: Uint8Array): Uint8Array {
  return extension(OID.authorityKeyIdentifier, false, write.sequence([write.contextImplicit(0, keyIdentifier)]));
}
