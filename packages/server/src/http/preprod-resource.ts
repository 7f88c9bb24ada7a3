// The preprod package and its assets as the API writes them ("Package Metadata Resource", "Asset Metadata Resource" on
// Microsoft's page "Manage Preprod Submissions").
import type { PreprodAsset as AssetResource, PreprodPackage as PackageResource } from '@assay/hardware-api';
import { readPreprodMessages } from '../store/preprod.ts';
import type { PreprodAsset, PreprodPackage } from '../store/schema.ts';

/** A package as its owner sees it; `assets` are written only once it succeeded. */
export function toPackageResource(row: PreprodPackage, assets: readonly PreprodAsset[]): PackageResource {
  return {
    id: row.package_id,
    etag: row.etag,
    lastModified: row.updated_at,
    signingStatus: row.signing_status,
    ...(row.signing_status === 'Failed' && { error: { message: readPreprodMessages(row).join('\n') } }),
    ...(row.signing_status === 'Succeeded' && {
      assets: assets.map((asset) => toAssetResource(asset, row.package_id)),
      assetsContinuationToken: '',
    }),
  };
}

/** An asset of the package with this id. */
export function toAssetResource(row: PreprodAsset, packageId: string): AssetResource {
  return {
    id: row.asset_id,
    packageId,
    assetType: row.asset_type,
    createdDate: row.created_at,
    contentHash: row.content_hash,
  };
}
