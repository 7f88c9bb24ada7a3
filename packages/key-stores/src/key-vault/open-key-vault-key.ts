// A private key in Azure Key Vault as a signing key: digests go there, signatures come back, the key stays.
import { type Certificate, type DigestAlgorithm, SigningError } from '@assay/authenticode';
import type { CryptographyClient, SignatureAlgorithm } from '@azure/keyvault-keys';
import {
  type CertificateChain,
  chooseCertificate,
  readCertificateFile,
  withIssuers,
} from '../certificate-selection.ts';
import { ecdsaSignatureToDer } from '../ecdsa-signature.ts';
import type { KeyVaultLocation, OpenedKey, OpenOptions } from '../key-location.ts';
import { checkOwnSignature, curveBytes, digestMessage } from '../signature-input.ts';
import { VaultClient } from './vault-client.ts';
import { vaultRefusal } from './vault-error.ts';
import { parseVaultUrl } from './vault-url.ts';

/** RFC 7518 §3.1; Key Vault offers nothing with SHA-1. */
const RSA_ALGORITHMS: ReadonlyMap<DigestAlgorithm, SignatureAlgorithm> = new Map<DigestAlgorithm, SignatureAlgorithm>([
  ['sha256', 'RS256'],
  ['sha384', 'RS384'],
  ['sha512', 'RS512'],
]);

/** With ECDSA, Key Vault ties the digest to the curve: by the bytes of its coordinates. */
const EC_ALGORITHMS: ReadonlyMap<number, { digest: DigestAlgorithm; name: SignatureAlgorithm }> = new Map([
  [32, { digest: 'sha256', name: 'ES256' }],
  [48, { digest: 'sha384', name: 'ES384' }],
  [66, { digest: 'sha512', name: 'ES512' }],
]);

/** Throws SigningError `unsupported-digest`. */
function chooseAlgorithm(certificate: Certificate, digest: DigestAlgorithm): SignatureAlgorithm {
  const refuse = (message: string): never => {
    throw new SigningError('unsupported-digest', message);
  };
  if (certificate.publicKey.asymmetricKeyType === 'rsa') {
    return (
      RSA_ALGORITHMS.get(digest) ?? refuse(`Key Vault does not sign with ${digest}: take sha256, sha384 or sha512`)
    );
  }
  const only = EC_ALGORITHMS.get(curveBytes(certificate));
  if (only?.digest === digest) return only.name;
  return refuse(`Key Vault does not sign with ${digest} and this EC key: take ${only?.digest ?? 'another key'}`);
}

function keyTypeOf({ publicKey, subject }: Certificate): 'rsa' | 'ec' {
  const type = publicKey.asymmetricKeyType;
  if (type === 'rsa' || type === 'ec') return type;
  throw new SigningError('unsupported-key', `the key of '${subject}' is neither RSA nor EC: take another one`);
}

async function findInVault(
  client: VaultClient,
  location: KeyVaultLocation,
): Promise<{ readonly chain: CertificateChain; readonly keyId: string }> {
  const url = parseVaultUrl(location.url);
  const file = location.certificateFile;
  const given = file === undefined ? [] : await readCertificateFile(file);
  if (url.collection === 'keys' && file !== undefined) {
    const { publicKey, keyId } = await client.getKey(url);
    return { chain: chooseCertificate(publicKey, given, `'${file}'`), keyId };
  }
  // The key of a certificate that the vault made or took in has the certificate's name and version.
  const { certificate, keyId } = await client.getCertificate(url);
  return { chain: withIssuers(certificate, given), keyId };
}

/**
 * Opens a key in Azure Key Vault. Throws SigningError `bad-key-vault-url`, `key-not-found`, `certificate-not-found`,
 * `key-mismatch`, `unsupported-key`, `key-vault-refused`, `key-vault-unreachable`.
 */
export async function openKeyVaultKey(location: KeyVaultLocation, options: OpenOptions): Promise<OpenedKey> {
  // Refuses a wrong address before anything of Microsoft's is loaded.
  parseVaultUrl(location.url);
  const credential = options.credential ?? new (await import('@azure/identity')).DefaultAzureCredential();
  const { chain, keyId } = await findInVault(new VaultClient(credential), location);
  const { certificate } = chain;
  const type = keyTypeOf(certificate);
  if (type === 'ec') curveBytes(certificate);
  const what = `the key ${keyId}`;
  const { CryptographyClient } = await import('@azure/keyvault-keys');
  let client: CryptographyClient | undefined = new CryptographyClient(keyId, credential);

  return {
    ...chain,
    description: `Key Vault key ${keyId}`,
    async sign(message, algorithm) {
      if (client === undefined) throw new SigningError('key-closed', 'the key was closed: open it again');
      const name = chooseAlgorithm(certificate, algorithm);
      let result: Uint8Array;
      try {
        ({ result } = await client.sign(name, digestMessage(algorithm, message)));
      } catch (error) {
        throw vaultRefusal(error, what);
      }
      const signature = type === 'rsa' ? new Uint8Array(result) : ecdsaSignatureToDer(result);
      if (signature === undefined) throw new SigningError('key-vault-refused', `${what} gave a malformed signature`);
      checkOwnSignature(certificate, algorithm, message, signature);
      return signature;
    },
    async close() {
      client = undefined;
    },
  };
}
