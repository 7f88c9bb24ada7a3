// The product resource as the API writes it ("Product resource" on Microsoft's page "Get product data").
import type { NewProduct, Product as ProductResource } from '@assay/hardware-api';
import { type ProductProperties, readProductProperties } from '../store/products.ts';
import type { Product } from '../store/schema.ts';
import { NO_LONGER_SHARED } from '../store/sharing.ts';

/** What is stored of a new product besides its name and test harness; what real clients walk unchecked is filled in. */
export function propertiesOf({ productName: _name, testHarness: _harness, ...given }: NewProduct): ProductProperties {
  return {
    ...given,
    deviceType: given.deviceType ?? 'notSet',
    deviceMetadataIds: given.deviceMetadataIds ?? [],
    isTestSign: given.isTestSign ?? false,
    isFlightSign: given.isFlightSign ?? false,
    marketingNames: given.marketingNames ?? [],
    selectedProductTypes: given.selectedProductTypes ?? {},
    requestedSignatures: given.requestedSignatures ?? [],
    additionalAttributes: given.additionalAttributes ?? {},
  };
}

/** A product as its owner sees it. `apiUrl` is the base URL with the prefix that the caller used. */
export function toProductResource(product: Product, apiUrl: string): ProductResource {
  const properties = readProductProperties(product);
  const self = `${apiUrl}/products/${product.id}`;
  return {
    ...properties,
    id: product.id,
    sharedProductId: product.shared_product_id,
    links: [
      { href: self, rel: 'self', method: 'GET' },
      { href: `${self}/submissions`, rel: 'get_submissions', method: 'GET' },
    ],
    isCommitted: product.is_committed === 1n,
    isExtensionInf: product.is_extension_inf === 1n,
    isRetpolineCompiled: properties.isRetpolineCompiled ?? false,
    productName: product.product_name,
    testHarness: product.test_harness as ProductResource['testHarness'],
    originType: product.origin_type,
    sourceProductId: product.source_product_id ?? 0n,
    sourcePublisherId: product.source_publisher_id ?? 0n,
    message: product.deprecated === 1n ? NO_LONGER_SHARED : '',
    createdBy: product.created_by,
    createdDateTime: product.created_at,
    updatedBy: product.updated_by,
    updatedDateTime: product.updated_at,
  };
}
