// Finds the certificate of a key on its token or among certificates that were given, and the issuers in both.
import { Buffer } from 'node:buffer';
import { type Certificate, ParseError, parseCertificate, SigningError } from '@assay/authenticode';
import {
  type CertificateChain,
  certificatesFor,
  latestCertificate,
  listSubjects,
  withIssuers,
} from '../certificate-selection.ts';
import { ATTRIBUTE, OBJECT_CLASS, X509_CERTIFICATE } from './constants.ts';
import type { TokenKey } from './find-key.ts';
import type { TokenSession } from './session.ts';

interface TokenCertificate {
  /** CKA_ID in lower-case hexadecimal. */
  readonly id: string;
  readonly certificate: Certificate;
}

async function listCertificates(session: TokenSession): Promise<TokenCertificate[]> {
  const template = [
    { type: ATTRIBUTE.class, value: session.ulong(OBJECT_CLASS.certificate) },
    { type: ATTRIBUTE.certificateType, value: session.ulong(X509_CERTIFICATE) },
  ];
  const certificates: TokenCertificate[] = [];
  for (const handle of await session.find(template)) {
    const attributes = await session.read(handle, [ATTRIBUTE.id, ATTRIBUTE.value]);
    const value = attributes.get(ATTRIBUTE.value);
    if (value === undefined || value.length === 0) continue;
    try {
      const id = Buffer.from(attributes.get(ATTRIBUTE.id) ?? []).toString('hex');
      certificates.push({ id, certificate: parseCertificate(value) });
    } catch (error) {
      // A token may hold certificates of other uses that cannot be read here.
      if (!(error instanceof ParseError)) throw error;
    }
  }
  return certificates;
}

/** Those that issued none of the others. */
function leaves(certificates: readonly Certificate[]): Certificate[] {
  return certificates.filter((one) =>
    certificates.every((other) => other === one || Buffer.compare(other.issuerBytes, one.subjectBytes) !== 0),
  );
}

/**
 * The certificate of `key`: the one with its public key, or, when the token does not tell that, the one with its CKA_ID or the
 * only leaf among `given`. Of several, the one that is valid for longest. Throws SigningError `certificate-not-found` or
 * `key-mismatch`.
 */
export async function findCertificate(
  session: TokenSession,
  key: TokenKey,
  given: readonly Certificate[],
): Promise<CertificateChain> {
  const onToken = await listCertificates(session);
  const all = [...given, ...onToken.map(({ certificate }) => certificate)];
  const sameId = onToken.filter(({ id }) => id !== '' && id === key.id).map(({ certificate }) => certificate);
  const certificate = latestCertificate(
    key.publicKey === undefined ? (given.length > 0 ? leaves(given) : sameId) : certificatesFor(key.publicKey, all),
  );
  if (certificate !== undefined) return withIssuers(certificate, all);
  const name = `the key '${key.label}' of token '${session.token.label}'`;
  if (given.length > 0 || sameId.length > 0) {
    const named = listSubjects(given.length > 0 ? given : sameId);
    throw new SigningError('key-mismatch', `${name} belongs to none of the certificates ${named}: give its own`);
  }
  const message = `the token holds no certificate for ${name} (it holds ${listSubjects(all)}): put it there, or give it as a file`;
  throw new SigningError('certificate-not-found', message);
}
