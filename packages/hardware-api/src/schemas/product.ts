// The product resource and the requests that make and change it ("Product resource" and "Additional attribute object" on
// Microsoft's page "Get product data"; "Create a new product").
import { type Static, Type } from 'typebox';
import { Link, ListOf } from './link.ts';
import { DateTime, Enumeration, Guid, Int64, OperatingSystemCode, ProductTypesByFamily } from './scalars.ts';

export const DEVICE_TYPES = ['internal', 'external', 'internalExternal', 'notSet'] as const;
export const TEST_HARNESSES = ['hlk', 'hck', 'attestation', 'notset'] as const;

const optionalText = Type.Optional(Type.String());
const optionalFlag = Type.Optional(Type.Boolean());

const multiPathing = {
  usedProprietary: optionalFlag,
  proprietaryName: optionalText,
  proprietaryVersion: optionalText,
  usedMicrosoft: optionalFlag,
  microsoftName: optionalText,
  microsoftVersion: optionalText,
};

export const StorageController = Type.Object({
  biosVersion: optionalText,
  firmwareVersion: optionalText,
  driverVersion: optionalText,
  driverName: optionalText,
  deviceVersion: optionalText,
  chipsetName: optionalText,
  ...multiPathing,
  usedBootSupport: optionalFlag,
  usedBetterBoot: optionalFlag,
  uefiVersion: optionalText,
  acpiVersion: optionalText,
  supportsSector4K512E: optionalFlag,
  supportsSector4K4K: optionalFlag,
  supportsDifferential: optionalFlag,
});

export const RaidController = Type.Object({
  firmwareVersion: optionalText,
  filterVersion: optionalText,
  driverVersion: optionalText,
  ...multiPathing,
  isThirdPartyNeeded: optionalFlag,
  isSES: optionalFlag,
  isSAFTE: optionalFlag,
  additionalInfo: optionalText,
});

export const Svvp = Type.Object({
  productVersion: optionalText,
  supportLink: optionalText,
  guestOs: Type.Optional(
    Enumeration([
      'Windows Server 2008',
      'Windows Server 2008 Release 2',
      'Windows Server 2012',
      'Windows Server 2012 R2',
    ]),
  ),
  processorArchitecture: Type.Optional(Enumeration(['Xeon', 'Opteron', 'Itanium 2'])),
  maxProcessors: Type.Optional(Int64),
  /** Gigabytes. */
  maxMemory: Type.Optional(Int64),
});

export const AdditionalAttributes = Type.Object({
  storageController: Type.Optional(StorageController),
  raidController: Type.Optional(RaidController),
  svvp: Type.Optional(Svvp),
});
export type AdditionalAttributes = Static<typeof AdditionalAttributes>;

/** Body of `POST products`. */
export const NewProduct = Type.Object({
  productName: Type.String({ minLength: 1 }),
  testHarness: Enumeration(TEST_HARNESSES),
  announcementDate: Type.Optional(DateTime),
  deviceMetadataIds: Type.Optional(Type.Array(Guid)),
  deviceMetadataCategory: optionalText,
  deviceType: Type.Optional(Enumeration(DEVICE_TYPES)),
  firmwareVersion: optionalText,
  isTestSign: optionalFlag,
  isFlightSign: optionalFlag,
  isRetpolineCompiled: optionalFlag,
  marketingNames: Type.Optional(Type.Array(Type.String())),
  packageType: optionalText,
  selectedProductTypes: Type.Optional(ProductTypesByFamily),
  requestedSignatures: Type.Optional(Type.Array(OperatingSystemCode)),
  additionalAttributes: Type.Optional(AdditionalAttributes),
});
export type NewProduct = Static<typeof NewProduct>;

/** Body of `PATCH products/{productId}`. */
export const ProductChanges = Type.Object({
  announcementDate: Type.Optional(DateTime),
  marketingNames: Type.Optional(Type.Array(Type.String())),
  productName: Type.Optional(Type.String({ minLength: 1 })),
});
export type ProductChanges = Static<typeof ProductChanges>;

/** What the service answers. Lists are never absent, because real clients walk them unchecked. */
export const Product = Type.Object({
  id: Int64,
  sharedProductId: Int64,
  links: Type.Array(Link),
  isCommitted: Type.Boolean(),
  /** Deprecated in favour of the submission's own flag; still written. */
  isExtensionInf: Type.Boolean(),
  announcementDate: Type.Optional(DateTime),
  deviceMetadataCategory: optionalText,
  deviceMetadataIds: Type.Array(Guid),
  deviceType: Enumeration(DEVICE_TYPES),
  isTestSign: Type.Boolean(),
  isFlightSign: Type.Boolean(),
  isRetpolineCompiled: optionalFlag,
  marketingNames: Type.Array(Type.String()),
  productName: Type.String(),
  firmwareVersion: optionalText,
  packageType: optionalText,
  selectedProductTypes: ProductTypesByFamily,
  requestedSignatures: Type.Array(OperatingSystemCode),
  additionalAttributes: AdditionalAttributes,
  testHarness: Enumeration(TEST_HARNESSES),
  originType: Type.Optional(Enumeration(['author', 'publisher'])),
  sourceProductId: Type.Optional(Int64),
  sourcePublisherId: Type.Optional(Int64),
  driverType: optionalText,
  message: optionalText,
  createdBy: optionalText,
  createdDateTime: Type.Optional(DateTime),
  updatedBy: optionalText,
  updatedDateTime: Type.Optional(DateTime),
});
export type Product = Static<typeof Product>;

export const ProductList = ListOf(Product);
export type ProductList = Static<typeof ProductList>;
