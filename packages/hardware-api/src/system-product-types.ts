// Which products are whole systems, or drivers that ship inside Windows: such a submission can be shared, but not published
// through Windows Update ("Error codes" on Microsoft's page "Get product data"). The page does not list them; these are the
// product types that name a computer rather than a device in it.

/** Product types of whole systems, in lower case. */
export const SYSTEM_PRODUCT_TYPES: ReadonlySet<string> = new Set([
  'all in one',
  'all in one with touch',
  'convertible tablet',
  'desktop',
  'laptop',
  'laptop with touch',
  'mobile phone',
  'motherboard',
  'server',
  'server virtualization validation program',
  'tablet',
  'ultra-mobile pc',
  'ultra-mobile pc with touch',
]);

/** The `packageType` of drivers that are part of Windows. */
const INBOX_PACKAGE_TYPE = 'inbox';

/** Whether a product can only be shared: it is a system, or its driver ships inside Windows. */
export function isInboxOrSystem(product: {
  readonly packageType?: string | undefined;
  readonly selectedProductTypes?: Readonly<Record<string, string>> | undefined;
}): boolean {
  return (
    product.packageType?.trim().toLowerCase() === INBOX_PACKAGE_TYPE ||
    Object.values(product.selectedProductTypes ?? {}).some((type) => SYSTEM_PRODUCT_TYPES.has(type.toLowerCase()))
  );
}
