// What is in a file that can be signed, without any judgement: plain values only, so that it can be written as JSON as it is.
// Times are ISO 8601 text, byte strings lower-case hexadecimal, sizes and offsets bytes. What a file does not have is absent.
import type { DigestAlgorithm } from '../digest-algorithms.ts';
import type { FileFormat } from '../signable-file.ts';

/**
 * An object identifier (in XML signatures the URI of an algorithm) with its name in words; the name is the identifier itself
 * when it is not a known one.
 */
export interface NamedIdentifier {
  readonly oid: string;
  readonly name: string;
}

export interface CertificateDescription {
  /** RFC 4514 text. */
  readonly subject: string;
  /** RFC 4514 text. */
  readonly issuer: string;
  /** Upper-case hexadecimal. */
  readonly serialNumber: string;
  /** SHA-1 of the DER, upper-case hexadecimal: the thumbprint that Windows shows. */
  readonly sha1: string;
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly sha256: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** As in `RSA 2048` or `EC prime256v1`. */
  readonly key: string;
  readonly signatureAlgorithm: NamedIdentifier;
  readonly isCertificateAuthority: boolean;
  /** Absent when it is not limited to any. */
  readonly usages?: readonly NamedIdentifier[];
  readonly policies?: readonly NamedIdentifier[];
}

export interface TimestampDescription {
  readonly kind: 'rfc3161' | 'legacy';
  readonly time?: string;
  readonly digestAlgorithm?: DigestAlgorithm;
  readonly authority?: CertificateDescription;
  /** Decimal. */
  readonly serialNumber?: string;
  /** Object identifier of the policy under which it was made. */
  readonly policy?: string;
}

export interface SignatureDescription {
  /** Size of the signature in bytes. */
  readonly size: number;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly fileDigestAlgorithm: DigestAlgorithm;
  readonly signatureAlgorithm: NamedIdentifier;
  readonly signer?: CertificateDescription;
  /** All that it carries, the signer's included. */
  readonly certificates: readonly CertificateDescription[];
  readonly programName?: string;
  readonly moreInfoUrl?: string;
  readonly statementType?: 'individual' | 'commercial';
  readonly sequenceNumber?: number;
  /** When the signer says that it signed. */
  readonly claimedTime?: string;
  /** What follows is only there for signatures in PKCS#7. */
  readonly contentType?: NamedIdentifier;
  /** The digest that it states of the file. */
  readonly fileDigest?: string;
  readonly pageHashes?: { readonly algorithm: DigestAlgorithm; readonly pages: number };
  readonly signedAttributes?: readonly NamedIdentifier[];
  readonly unauthenticatedAttributes?: readonly NamedIdentifier[];
  /** In what respects it is not DER as Windows expects it, in words. */
  readonly encodingFaults?: readonly string[];
  readonly timestamps: readonly TimestampDescription[];
  readonly nested: readonly SignatureDescription[];
}

export interface ImageDescription {
  readonly machine: string;
  readonly magic: 'PE32' | 'PE32+';
  readonly subsystem: number;
  readonly subsystemName: string;
  readonly checksum: { readonly stored: number; readonly computed: number };
  readonly sizeOfHeaders: number;
  readonly sectionAlignment: number;
  readonly sections: readonly {
    readonly name: string;
    readonly virtualAddress: number;
    readonly virtualSize: number;
    readonly offset: number;
    readonly size: number;
  }[];
  readonly certificateTable?: { readonly offset: number; readonly size: number };
  /** Whether any signature lists the digest of each page. */
  readonly hasPageHashes: boolean;
}

export interface CatalogMemberDescription {
  readonly tag: string;
  readonly fileName?: string;
  readonly kind?: 'pe' | 'cab' | 'flat';
  readonly digest?: string;
  readonly digestAlgorithm?: DigestAlgorithm;
  readonly osAttributes?: string;
  /** Whether it only leads from a SHA-1 to the entry by SHA-256. */
  readonly isStub: boolean;
  readonly hasPageHashes: boolean;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}

export interface CatalogDescription {
  readonly version: 1 | 2;
  readonly listIdentifier: string;
  readonly thisUpdate: string;
  readonly attributes: readonly { readonly name: string; readonly flags: number; readonly value: string }[];
  /** In what respects it is not in the form that Windows' own tools give it. */
  readonly notes: readonly string[];
  readonly memberCount: number;
  /** Entries of version 2 that only lead from a SHA-1 to another entry; counted in memberCount too. */
  readonly stubCount: number;
  /** Absent when members were not asked for. */
  readonly members?: readonly CatalogMemberDescription[];
}

export interface CabinetDescription {
  readonly setId: number;
  readonly index: number;
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  /** Size without the signature behind it. */
  readonly size: number;
  readonly reserve?: { readonly header: number; readonly folder: number; readonly data: number };
  readonly folders: readonly { readonly compression: string; readonly blockCount: number; readonly offset: number }[];
  readonly fileCount: number;
  /** Uncompressed size of all files together. */
  readonly totalBytes: number;
  /** Absent when members were not asked for. */
  readonly files?: readonly {
    readonly name: string;
    readonly size: number;
    readonly folder: number;
    /** Local time of whoever made it; absent when it is no date. */
    readonly modified?: string;
  }[];
}

export interface PackageDescription {
  readonly partCount: number;
  /** Absent when members were not asked for. */
  readonly parts?: readonly {
    /** Begins with a slash. */
    readonly name: string;
    readonly contentType: string;
    readonly size: number;
    readonly compressedSize: number;
  }[];
}

/** Something in the file that cannot be read. */
export interface Fault {
  /** What it is, as in `signature 2` or `catalog`. */
  readonly where: string;
  /** The code of the ParseError. */
  readonly code: string;
  readonly message: string;
}

export interface FileDescription {
  readonly format: FileFormat | 'unknown';
  /** The format in words, as in `a PE image`. */
  readonly title: string;
  readonly size: number;
  /** SHA-256 of all bytes. */
  readonly sha256: string;
  /** The digests that signatures and catalogs know it by; absent where the format has none. */
  readonly authenticode?: { readonly sha1: string; readonly sha256: string };
  readonly image?: ImageDescription;
  readonly catalog?: CatalogDescription;
  readonly cabinet?: CabinetDescription;
  readonly package?: PackageDescription;
  /** Primary first; nested ones stand inside theirs. */
  readonly signatures: readonly SignatureDescription[];
  /** Parts of the file that cannot be read; empty for a sound file. */
  readonly faults: readonly Fault[];
}

export interface DescriptionOptions {
  /** Whether to list each member of a catalog, file of a cabinet and part of a package; true when absent. */
  readonly members?: boolean;
}
