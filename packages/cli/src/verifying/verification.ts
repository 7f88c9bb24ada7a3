// The results of verifying files, in the one shape that is printed.
import type { Certificate, FileVerification } from '@assay/authenticode';

export interface VerifiedItem {
  /** The file as the user named it, or `archive.zip: path inside`. */
  readonly file: string;
  readonly format: FileVerification['format'];
  /** The catalog through which the file was verified; undefined for a signature of its own. */
  readonly catalog: string | undefined;
  readonly ok: boolean;
  /** Common name of whoever signed. */
  readonly signer: string | undefined;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

function signerName(certificate: Certificate | undefined): string | undefined {
  return certificate === undefined ? undefined : (certificate.commonName ?? certificate.subject);
}

/** A verification as an item; a good signature hides the problems of others, as it is enough. */
export function toItem(file: string, verification: FileVerification, catalog?: string): VerifiedItem {
  const { format, ok, signatures, problems } = verification;
  const chosen = signatures.find((signature) => signature.ok) ?? signatures[0];
  return {
    file,
    format,
    catalog,
    ok,
    signer: signerName(chosen?.signer),
    problems: ok ? [] : [...problems, ...signatures.flatMap((signature) => signature.problems)],
  };
}

/** A failed item for what could not even be looked at. */
export function failedItem(file: string, code: string, message: string): VerifiedItem {
  return { file, format: 'unknown', catalog: undefined, ok: false, signer: undefined, problems: [{ code, message }] };
}
