// One value per file format that can carry an Authenticode signature. Everything that signs or verifies works on this
// interface and knows nothing of the formats behind it.
import type { ByteSource } from './byte-source.ts';
import type { DigestAlgorithm } from './digest-algorithms.ts';
import type { SigningKey } from './keys/index.ts';
import type { Rewrite } from './rewrite.ts';
import type { KeyType } from './signature-algorithms.ts';
import type { OpusInfo, StatementType } from './spc/index.ts';
import type { Certificate } from './x509/index.ts';

export type FileFormat = 'pe' | 'cab' | 'cat' | 'hlkx';

/** What a signature over a file covers. */
export interface SignableContent {
  /**
   * Content type of the SignedData: SPC_INDIRECT_DATA for images and cabinets, the CTL type for catalogs; for packages,
   * whose signatures are XML, the media type of the signature part.
   */
  readonly contentType: string;
  /**
   * DER of the content (a SEQUENCE), which stands in the SignedData without an OCTET STRING around it; for packages the
   * XML that the signature refers to.
   */
  readonly content: Uint8Array;
}

export interface ContentOptions {
  /** Whether to list the digest of each page as well (images only). */
  readonly pageHashes?: boolean;
}

/** Gives the DER of an RFC 3161 TimeStampToken over `message`, which it digests itself. */
export type Timestamper = (message: Uint8Array) => Promise<Uint8Array>;

/** How a signature is made, whatever the format. */
export interface SignatureRequest extends OpusInfo {
  readonly key: SigningKey;
  readonly digestAlgorithm: DigestAlgorithm;
  /** `individual` when absent, as Windows' own tools and Microsoft itself write it. */
  readonly statementType?: StatementType;
  /** Only on signatures that are added to others: how many there were before it. */
  readonly sequenceNumber?: number;
  /** Stamps the signature; none when absent. */
  readonly timestamper?: Timestamper;
}

/** What signatures of a format can be. */
export interface SigningAbilities {
  /** Whether a signature can be added to those that are there. */
  readonly append: boolean;
  readonly pageHashes: boolean;
  /** Whether a signature can say who submitted the program and where to read more. */
  readonly opusInfo: boolean;
  /** Whether the same request over the same file always signs the same bytes. */
  readonly reproducible: boolean;
  readonly keyTypes: readonly KeyType[];
  readonly digestAlgorithms: readonly DigestAlgorithm[];
}

/** What becomes of the signatures that a file already carries. */
export type SigningMode = 'replace' | 'append';

export interface SignableFile {
  readonly name: FileFormat;
  /** The format in words, as in 'a PE image'. */
  readonly title: string;
  readonly abilities: SigningAbilities;
  /** Whether a file that begins with these bytes (at least 512 of them, or the whole file) is of this format. */
  identify(head: Uint8Array): boolean;
  /** Whether it really is, where the first bytes cannot tell (a ZIP file may be many things). */
  confirm?(source: ByteSource): Promise<boolean>;
  /** The Authenticode digest of the file: independent of any signature that it already carries. */
  digest(source: ByteSource, algorithm: DigestAlgorithm): Promise<Uint8Array>;
  /** The content that a signature over this file covers. */
  content(source: ByteSource, algorithm: DigestAlgorithm, options?: ContentOptions): Promise<SignableContent>;
  /** Signs such content. Needs no file, so that the key may be elsewhere. Throws SigningError `unsupported-key`. */
  sign(content: SignableContent, request: SignatureRequest): Promise<Uint8Array>;
  /** Each signature that the file carries, primary first, nested ones inside theirs; empty when it is unsigned. */
  readSignatures(source: ByteSource): Promise<Uint8Array[]>;
  /**
   * The file with this signature (as from `sign`): in place of those that it has, or besides them. Throws SigningError
   * `cannot-append` where the format does not allow a second one, `wrong-content` where it is seen to be another file's.
   */
  embedSignature(source: ByteSource, signature: Uint8Array, mode?: SigningMode): Promise<Rewrite>;
  /** The file without any signature; what signing added besides (padding, reserves) goes where that can be told. */
  removeSignatures(source: ByteSource): Promise<Rewrite>;
  /** Reads one signature, so that it can be judged. Throws ParseError. */
  openSignature(signature: Uint8Array): FileSignature;
}

/** A time stamp on a signature, not yet judged: an RFC 3161 token, or the SignerInfo of a legacy countersignature. */
export interface StampBytes {
  readonly kind: 'rfc3161' | 'legacy';
  readonly bytes: Uint8Array;
}

/** A signature as it was read: what it claims, and what can be checked about it without trusting anyone. */
export interface FileSignature {
  /** Certificates that it carries. */
  readonly certificates: readonly Certificate[];
  /** The certificate of the signer, when it is among them. */
  readonly signer: Certificate | undefined;
  /** Digest of the signature. */
  readonly digestAlgorithm: DigestAlgorithm;
  /** Digest that the signed content states of the file; that of the signature where the content is the file. */
  readonly fileDigestAlgorithm: DigestAlgorithm;
  /** Object identifier or URI of the public-key algorithm, as it stands there. */
  readonly signatureAlgorithm: string;
  /** The signature value: what time stamps are made over. */
  readonly signatureValue: Uint8Array;
  readonly opusInfo: OpusInfo;
  readonly statementType: StatementType | undefined;
  readonly sequenceNumber: number | undefined;
  /** When the signer says that it signed; nobody vouches for it. */
  readonly claimedTime: Date | undefined;
  readonly stamps: readonly StampBytes[];
  /** Signatures nested in this one, in the order of the file. */
  readonly nested: readonly Uint8Array[];
  /** Undefined when the signature is genuine: made over these attributes and this content with the signer's key. */
  checkGenuine(): string | undefined;
  /** Undefined when the signed content is that of this file; otherwise what differs. Throws ParseError for a malformed file. */
  checkContent(source: ByteSource): Promise<string | undefined>;
}
