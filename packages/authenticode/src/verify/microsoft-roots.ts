// The roots of Microsoft that its kernel-mode code signing policy accepts ("Driver Signing", table of signing requirements
// by version), by the SHA-1 of their DER as every Windows shows it. Names alone prove nothing: anybody can choose them.
import { digestOf, toHex } from '../bytes.ts';
import type { Certificate } from '../x509/index.ts';

export interface KnownRoot {
  /** RFC 4514 text. */
  readonly subject: string;
  /** SHA-1 of the DER, upper-case hexadecimal. */
  readonly sha1: string;
}

export const MICROSOFT_KERNEL_ROOTS: readonly KnownRoot[] = [
  {
    subject: 'CN=Microsoft Root Certificate Authority 2010,O=Microsoft Corporation,L=Redmond,ST=Washington,C=US',
    sha1: '3B1EFD3A66EA28B16697394703A72CA340A05BD5',
  },
  {
    subject: 'CN=Microsoft Root Certificate Authority,DC=microsoft,DC=com',
    sha1: 'CDD4EEAE6000AC7F40C3802C171E30148030C072',
  },
  {
    subject: 'CN=Microsoft Root Authority,OU=Microsoft Corporation,OU=Copyright (c) 1997 Microsoft Corp.',
    sha1: 'A43489159A520F0D93D032CCAF37E7FE20A8B419',
  },
];

/** The root that cross-signed the authorities of others until 2021; the kernel knows it, no certificate store holds it. */
export const CROSS_SIGNING_ROOT =
  'CN=Microsoft Code Verification Root,O=Microsoft Corporation,L=Redmond,ST=Washington,C=US';

/** Name parts that Microsoft's authorities have, whether or not the kernel accepts them. */
const MICROSOFT_NAME = /(?:^|,)(?:OU?=Microsoft Corporation|DC=microsoft,DC=com)(?:,|$)/;

/** The thumbprint that Windows shows for a certificate: SHA-1 of its DER, upper-case hexadecimal. */
export function windowsThumbprint(certificate: Pick<Certificate, 'bytes'>): string {
  return toHex(digestOf('sha1', certificate.bytes)).toUpperCase();
}

/** Whether an RFC 4514 name claims to be Microsoft's. */
export function hasMicrosoftName(name: string): boolean {
  return MICROSOFT_NAME.test(name);
}

/** Those of `certificates` that are one of `roots`. */
export function findKnownRoots(
  certificates: readonly Certificate[],
  roots: readonly KnownRoot[] = MICROSOFT_KERNEL_ROOTS,
): Certificate[] {
  return certificates.filter((certificate) => {
    const thumbprint = windowsThumbprint(certificate);
    return roots.some(({ sha1 }) => sha1 === thumbprint);
  });
}
