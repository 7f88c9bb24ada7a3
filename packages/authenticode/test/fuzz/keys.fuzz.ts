// Files that hold keys: PEM text and PKCS#12, the latter also with a MAC that fits, so that damage gets past it.
import { createHmac } from 'node:crypto';
import { decodeDer, TAG, write } from '../../src/der/index.ts';
import { DIGEST_ALGORITHMS, readPkcs12, readPrivateKeyPem, writePkcs12 } from '../../src/index.ts';
import { DERIVATION_PURPOSE, derivePkcs12Bytes, pkcs12Password } from '../../src/keys/pkcs12-key-derivation.ts';
import { OID } from '../../src/object-identifiers.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { ec, localKeyOf, rsa } from './samples.ts';

const password = 'secret';
const files = () => [rsa, ec].map((authority) => writePkcs12({ ...localKeyOf(authority), password, iterations: 1 }));

/** The SafeContents list that a PKCS#12 file protects with its MAC. */
function safeOf(file: Uint8Array): Uint8Array {
  const [, contents] = decodeDer(file).children();
  const octets = contents?.children()[1]?.inner();
  return Uint8Array.from(octets?.value ?? []);
}

const salt = new Uint8Array(8).fill(7);
const macKey = derivePkcs12Bytes({
  algorithm: 'sha256',
  password: pkcs12Password(password),
  salt,
  iterations: 1,
  purpose: DERIVATION_PURPOSE.mac,
  length: 32,
});

/** A PKCS#12 file around this list, whose MAC is right. */
function around(safe: Uint8Array): Uint8Array {
  const mac = new Uint8Array(createHmac('sha256', macKey).update(safe).digest());
  return write.sequence([
    write.integer(3),
    write.sequence([write.oid(OID.data), write.contextExplicit(0, write.octetString(safe))]),
    write.sequence([
      write.sequence([write.algorithmIdentifier(DIGEST_ALGORITHMS.sha256.oid), write.octetString(mac)]),
      write.octetString(salt),
      write.element(TAG.integer, Uint8Array.of(1)),
    ]),
  ]);
}

export const targets: readonly FuzzTarget[] = [
  { name: 'pkcs12', samples: async () => files(), read: (input) => readPkcs12(input, password) },
  {
    name: 'pkcs12 behind its MAC',
    samples: async () => files().map(safeOf),
    read: (input) => readPkcs12(around(input), password),
  },
  {
    name: 'private key pem',
    samples: async () =>
      [rsa, ec].map(({ leafKeys }) =>
        new TextEncoder().encode(leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()),
      ),
    read: (input) => readPrivateKeyPem(new TextDecoder('latin1').decode(input), 'a password'),
  },
];
