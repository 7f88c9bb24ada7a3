// Signs the file that an account is given, with a code-signing key made for the test.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  bytesSource,
  type Certificate,
  createCertificate,
  createLocalKey,
  OID,
  rewriteBytes,
  signFile,
} from '@assay/authenticode';

export interface Signer {
  readonly privateKey: KeyObject;
  readonly certificate: Certificate;
}

/** A self-signed code-signing certificate; `usages` and `policies` replace its own. */
export function makeSigner(
  from: Date,
  { usages = [OID.codeSigning], policies, days = 30 }: { usages?: string[]; policies?: string[]; days?: number } = {},
): Signer {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'Contoso', organization: 'Contoso Ltd.', country: 'DE' },
    ...pair,
    notBefore: new Date(from.getTime() - 86_400_000),
    notAfter: new Date(from.getTime() + days * 86_400_000),
    extendedKeyUsages: usages,
    ...(policies !== undefined && { certificatePolicies: policies }),
  });
  return { privateKey: pair.privateKey, certificate };
}

/** The file with an Authenticode signature. */
export async function signImage(file: Uint8Array, signer: Signer): Promise<Uint8Array> {
  const source = bytesSource(file);
  const key = createLocalKey({ ...signer, chain: [] });
  return rewriteBytes(source, await signFile(source, { key }));
}
