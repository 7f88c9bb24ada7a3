// What was signed, in the one shape that is printed.
import { type ByteSource, requireSignableFile, verifyTimestampToken } from '@assay/authenticode';

export interface SignedFile {
  readonly file: string;
  readonly format: string;
  /** How many signatures the file carries now. */
  readonly signatures: number;
  readonly digestAlgorithm: string;
  readonly signer: string;
  /** ISO 8601; absent when the signature has no time stamp. */
  readonly timestamp: string | undefined;
}

/** Reads back the newest signature of a file that was just signed. */
export async function describeSigned(source: ByteSource, file: string): Promise<SignedFile> {
  const format = await requireSignableFile(source);
  const [primary] = await format.readSignatures(source);
  if (primary === undefined) throw new Error(`${file} has no signature after it was signed`);
  const first = format.openSignature(primary);
  const nested = first.nested.map((bytes) => format.openSignature(bytes));
  const newest = nested.toSorted((a, b) => (a.sequenceNumber ?? 0) - (b.sequenceNumber ?? 0)).at(-1) ?? first;
  const stamp = newest.stamps.find(({ kind }) => kind === 'rfc3161');
  const time =
    stamp && verifyTimestampToken(stamp.bytes, { message: newest.signatureValue, anchors: [] }).time?.toISOString();
  return {
    file,
    format: format.name,
    signatures: 1 + nested.length,
    digestAlgorithm: newest.digestAlgorithm,
    signer: newest.signer?.commonName ?? newest.signer?.subject ?? '',
    timestamp: time,
  };
}
