// A certification authority for tests, made anew in each test process: root, intermediate, and a code-signing leaf.
import { generateKeyPairSync } from 'node:crypto';
import { type Certificate, createCertificate, createLocalKey, OID, type SigningKey } from '../../src/index.ts';

const DAY = 24 * 60 * 60 * 1000;

/** A validity that surrounds now. */
export const VALID_NOW = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 365 * DAY) };

export function makeKeyPair(type: 'rsa' | 'ec' = 'rsa') {
  return type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

export interface TestAuthority {
  readonly root: Certificate;
  readonly rootKeys: ReturnType<typeof makeKeyPair>;
  readonly intermediate: Certificate;
  readonly intermediateKeys: ReturnType<typeof makeKeyPair>;
  readonly leaf: Certificate;
  readonly leafKeys: ReturnType<typeof makeKeyPair>;
  /** Signs as the leaf, with the intermediate and the root as its chain. */
  readonly key: SigningKey;
}

export function makeAuthority(type: 'rsa' | 'ec' = 'rsa'): TestAuthority {
  const rootKeys = makeKeyPair(type);
  const intermediateKeys = makeKeyPair(type);
  const leafKeys = makeKeyPair(type);
  const root = createCertificate({
    subject: { commonName: 'Test Root', organization: 'Assay tests', country: 'DE' },
    publicKey: rootKeys.publicKey,
    privateKey: rootKeys.privateKey,
    certificateAuthority: true,
    ...VALID_NOW,
  });
  const intermediate = createCertificate({
    subject: { commonName: 'Test Intermediate', organization: 'Assay tests' },
    issuer: { certificate: root, privateKey: rootKeys.privateKey },
    publicKey: intermediateKeys.publicKey,
    certificateAuthority: { pathLength: 0 },
    ...VALID_NOW,
  });
  const leaf = createCertificate({
    subject: { commonName: 'Test Signer', organization: 'Müller, Söhne & Co' },
    issuer: { certificate: intermediate, privateKey: intermediateKeys.privateKey },
    publicKey: leafKeys.publicKey,
    extendedKeyUsages: [OID.codeSigning],
    ...VALID_NOW,
  });
  const key = createLocalKey({ privateKey: leafKeys.privateKey, certificate: leaf, chain: [intermediate, root] });
  return { root, rootKeys, intermediate, intermediateKeys, leaf, leafKeys, key };
}
