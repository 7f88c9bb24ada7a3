// SPC_INDIRECT_DATA as it stands in the entries of catalogs: it states the digest of the member. All tools write it in one
// of a few forms, which differ in the kind of file, the text of a link that nobody follows, and the digest algorithm.
import type { Buffer } from 'node:buffer';
import { concatBytes } from '../bytes.ts';
import { write } from '../der/index.ts';
import { DIGEST_ALGORITHMS, type DigestAlgorithm } from '../digest-algorithms.ts';
import { OID } from '../object-identifiers.ts';
import type { CatalogMemberKind, LinkForm } from './catalog.ts';

const LINK_TEXTS: Readonly<Record<LinkForm, string>> = { empty: '', obsolete: '<<<Obsolete>>>' };

/** SpcPeImageData with flags A0 and the link in it for images; the link by itself for everything else, cabinets too. */
function encodeSubject(kind: CatalogMemberKind, linkForm: LinkForm): Uint8Array {
  const text = write.utf16BeBytes(LINK_TEXTS[linkForm]);
  const link = write.contextExplicit(2, write.contextImplicit(0, text));
  if (kind !== 'pe') return write.sequence([write.oid(OID.spcLink), link]);
  const imageData = write.sequence([write.bitString(Uint8Array.of(0xa0), 5), write.contextExplicit(0, link)]);
  return write.sequence([write.oid(OID.spcPeImageData), imageData]);
}

function encodeWith(kind: CatalogMemberKind, algorithm: DigestAlgorithm, digest: Uint8Array, linkForm: LinkForm) {
  return write.sequence([
    encodeSubject(kind, linkForm),
    write.sequence([write.algorithmIdentifier(DIGEST_ALGORITHMS[algorithm].oid), write.octetString(digest)]),
  ]);
}

export interface MemberDataForm {
  readonly algorithm: DigestAlgorithm;
  readonly linkForm: LinkForm;
  readonly isImage: boolean;
  /** Everything before the digest, which ends the structure. */
  readonly prefix: Uint8Array;
}

const FORMS: readonly MemberDataForm[] = (['pe', 'flat'] as const).flatMap((kind) =>
  (['empty', 'obsolete'] as const).flatMap((linkForm) =>
    (['sha1', 'sha256'] as const).map((algorithm): MemberDataForm => {
      const { size } = DIGEST_ALGORITHMS[algorithm];
      const prefix = encodeWith(kind, algorithm, new Uint8Array(size), linkForm).subarray(0, -size);
      return { algorithm, linkForm, isImage: kind === 'pe', prefix };
    }),
  ),
);

/** The forms by size in bytes of the whole structure. */
const FORMS_BY_SIZE: ReadonlyMap<number, readonly MemberDataForm[]> = Map.groupBy(
  FORMS,
  ({ prefix, algorithm }) => prefix.length + DIGEST_ALGORITHMS[algorithm].size,
);

/** DER of SpcIndirectDataContent for a member of a catalog; the digest has the size of its algorithm. */
export function encodeMemberData(
  kind: CatalogMemberKind,
  algorithm: DigestAlgorithm,
  digest: Uint8Array,
  linkForm: LinkForm,
): Uint8Array {
  const form = FORMS.find(
    (one) => one.isImage === (kind === 'pe') && one.algorithm === algorithm && one.linkForm === linkForm,
  );
  return form === undefined ? encodeWith(kind, algorithm, digest, linkForm) : concatBytes([form.prefix, digest]);
}

/**
 * The form of the structure at [start, end) of `bytes`, undefined when it is another one. Its last bytes are then the
 * digest. A catalog may have a hundred thousand entries, and comparing takes a fraction of the time of reading them.
 */
export function findMemberDataForm(bytes: Buffer, start: number, end: number): MemberDataForm | undefined {
  return FORMS_BY_SIZE.get(end - start)?.find(
    ({ prefix }) => bytes.compare(prefix, 0, prefix.length, start, start + prefix.length) === 0,
  );
}
