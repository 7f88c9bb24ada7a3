// One value per file format that can carry an Authenticode signature. Everything that signs or verifies works on this
// interface and knows nothing of the formats behind it.
import type { ByteSource } from './byte-source.ts';
import type { DigestAlgorithm } from './digest-algorithms.ts';
import type { Rewrite } from './rewrite.ts';

/** What a SignedData over this file must contain. */
export interface SignableContent {
  /** Content type of the SignedData: SPC_INDIRECT_DATA for images and cabinets, the CTL type for catalogs. */
  readonly contentType: string;
  /** DER of the content (a SEQUENCE), which stands in the SignedData without an OCTET STRING around it. */
  readonly content: Uint8Array;
}

export interface SignableFile {
  readonly name: 'pe' | 'cab' | 'cat';
  /** Whether a file that begins with these bytes (at least 512 of them, or the whole file) is of this format. */
  identify(head: Uint8Array): boolean;
  /** The Authenticode digest of the file: independent of any signature that it already carries. */
  digest(source: ByteSource, algorithm: DigestAlgorithm): Promise<Uint8Array>;
  /** The content that a signature over this file covers. */
  content(source: ByteSource, algorithm: DigestAlgorithm): Promise<SignableContent>;
  /** DER of each SignedData (ContentInfo) that the file carries, primary first; empty when it is unsigned. */
  readSignatures(source: ByteSource): Promise<Uint8Array[]>;
  /** The file with this SignedData (DER of the ContentInfo) as its only signature. */
  embedSignature(source: ByteSource, signature: Uint8Array): Promise<Rewrite>;
}
