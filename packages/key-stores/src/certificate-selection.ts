// Finds the certificate of a key and its issuers among certificates that come in no order.
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  buildCertificationPath,
  type Certificate,
  ParseError,
  parseCertificate,
  parsePemCertificates,
  SigningError,
} from '@assay/authenticode';

/** Largest file that is read, in bytes. */
const MAXIMUM_FILE_BYTES = 4 * 1024 * 1024;

export interface CertificateChain {
  readonly certificate: Certificate;
  /** Issuers, nearest first. */
  readonly chain: readonly Certificate[];
}

/** Reads a file of a key. Throws SigningError `unreadable-file`. */
export async function readKeyFile(file: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new SigningError(
      'unreadable-file',
      `'${file}' cannot be read (${reason}): check the path and who may read it`,
      {
        cause,
      },
    );
  }
  if (bytes.length > MAXIMUM_FILE_BYTES) {
    throw new SigningError('unreadable-file', `'${file}' is too large to be a key or certificates`);
  }
  return bytes;
}

/** The certificates in a file: PEM, or DER of one. Throws SigningError `unreadable-file` or `certificate-not-found`. */
export async function readCertificateFile(file: string): Promise<Certificate[]> {
  const bytes = await readKeyFile(file);
  try {
    const text = new TextDecoder('latin1').decode(bytes);
    const certificates = text.includes('-----BEGIN ') ? parsePemCertificates(text) : [parseCertificate(bytes)];
    if (certificates.length > 0) return certificates;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new SigningError('certificate-not-found', `'${file}' holds no readable certificates: ${error.message}`, {
      cause: error,
    });
  }
  throw new SigningError('certificate-not-found', `'${file}' holds no certificate: it must be PEM, or DER of one`);
}

/** The names of certificates, for a message. */
export function listSubjects(certificates: readonly Certificate[]): string {
  return certificates.map(({ subject }) => `'${subject}'`).join(', ') || 'none';
}

/** The one that is valid for longest: a renewed certificate comes before the one that it replaces. */
export function latestCertificate(certificates: readonly Certificate[]): Certificate | undefined {
  return certificates.reduce<Certificate | undefined>(
    (best, candidate) => (best === undefined || candidate.notAfter > best.notAfter ? candidate : best),
    undefined,
  );
}

/** Those that speak for this public key. */
export function certificatesFor(publicKey: KeyObject, certificates: readonly Certificate[]): Certificate[] {
  const type = publicKey.asymmetricKeyType;
  // Node leaves an error behind when it compares keys of different types, and the next key that it reads fails with that.
  return certificates.filter(
    (candidate) => candidate.publicKey.asymmetricKeyType === type && candidate.publicKey.equals(publicKey),
  );
}

/** `certificate` with those of `others` that issued it, nearest first. */
export function withIssuers(certificate: Certificate, others: readonly Certificate[]): CertificateChain {
  const intermediates = others.filter(({ thumbprint }) => thumbprint !== certificate.thumbprint);
  const { path } = buildCertificationPath({ leaf: certificate, intermediates, anchors: [] });
  return { certificate, chain: path.slice(1) };
}

/**
 * The certificate of `publicKey` and its issuers, all from `certificates`, in which they stand in any order. Throws
 * SigningError `key-mismatch`; `source` says in its message where the certificates are from.
 */
export function chooseCertificate(
  publicKey: KeyObject,
  certificates: readonly Certificate[],
  source: string,
): CertificateChain {
  const certificate = latestCertificate(certificatesFor(publicKey, certificates));
  if (certificate !== undefined) return withIssuers(certificate, certificates);
  const message = `no certificate in ${source} belongs to the private key; it holds ${listSubjects(certificates)}`;
  throw new SigningError('key-mismatch', message);
}
