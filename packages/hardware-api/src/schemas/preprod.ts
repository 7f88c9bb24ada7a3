// The preprod package and its assets ("Package Metadata Resource" and "Asset Metadata Resource" on Microsoft's page "Manage
// Preprod Submissions"). Ids are strings here, not 64-bit numbers, and the states begin with capitals.
import { type Static, Type } from 'typebox';
import { DateTime, Enumeration } from './scalars.ts';

export const SIGNING_STATUSES = ['NotStarted', 'Processing', 'Succeeded', 'Failed'] as const;
export const PREPROD_ASSET_TYPES = ['SignedFilesZip'] as const;

export const PreprodAsset = Type.Object({
  id: Type.String(),
  packageId: Type.String(),
  assetType: Enumeration(PREPROD_ASSET_TYPES),
  createdDate: DateTime,
  /** SHA-256 of the content, 64 lower-case hex digits. */
  contentHash: Type.String(),
});
export type PreprodAsset = Static<typeof PreprodAsset>;

/** Answer to `GET preprod/packages/{packageId}/assets`: the bare array, unlike every other list. */
export const PreprodAssetList = Type.Array(PreprodAsset);

export const PreprodPackage = Type.Object({
  id: Type.String(),
  /** Changes whenever the resource does. */
  etag: Type.String(),
  lastModified: DateTime,
  signingStatus: Enumeration(SIGNING_STATUSES),
  /** Only when `signingStatus` is `Failed`. */
  error: Type.Optional(Type.Object({ message: Type.String() })),
  /** Only when `signingStatus` is `Succeeded`. */
  assets: Type.Optional(PreprodAssetList),
  /** Beside `assets`; empty when they are complete. */
  assetsContinuationToken: Type.Optional(Type.String()),
});
export type PreprodPackage = Static<typeof PreprodPackage>;
