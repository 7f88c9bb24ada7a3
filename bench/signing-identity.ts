// A key with a self-signed certificate, made for one run, in the files that the tools read.
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCertificate, encodePem, OID, writePkcs12 } from '@assay/authenticode';

export interface SigningIdentity {
  readonly pkcs12: string;
  readonly passwordFile: string;
  readonly keyFile: string;
  readonly certificateFile: string;
}

export async function makeSigningIdentity(directory: string): Promise<SigningIdentity> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const certificate = createCertificate({
    subject: { commonName: 'Assay bench' },
    publicKey,
    privateKey,
    extendedKeyUsages: [OID.codeSigning],
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
  });
  const identity = {
    pkcs12: join(directory, 'bench.p12'),
    passwordFile: join(directory, 'bench.password'),
    keyFile: join(directory, 'bench.key'),
    certificateFile: join(directory, 'bench.pem'),
  };
  const password = 'made for this run';
  await writeFile(
    identity.pkcs12,
    writePkcs12({ privateKey, certificate, chain: [], password, friendlyName: 'bench' }),
  );
  await writeFile(identity.passwordFile, password);
  await writeFile(identity.keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(identity.certificateFile, encodePem('CERTIFICATE', certificate.bytes));
  return identity;
}
