// The API's error codes, as one table: code, HTTP status, the official messages. From the "Error codes" tables of the
// version 1.0 reference and of Microsoft's page "Get product data"; statuses and the lower-camel spelling on v2.0 as
// real clients see them.

export type ApiVersion = 'v1.0' | 'v2.0';

interface ErrorFacts {
  /** The HTTP status with which the code is answered. */
  readonly status: number;
  /** Used when the caller gives no message of its own. */
  readonly message: string;
}

/** Keys are the codes as version 1.0 spells them. */
export const ERRORS = {
  InvalidInput: { status: 400, message: 'One or more values in the request are invalid.' },
  MalformedRequest: { status: 400, message: 'The request is not well formed.' },
  RequestInvalidForCurrentState: { status: 400, message: 'The request is not valid for the current state.' },
  ReadOnlyProduct: { status: 400, message: 'The product is read-only.' },
  Unauthorized: { status: 401, message: 'Authentication failed or was not provided.' },
  UpdateUnauthorized: { status: 403, message: 'Not authorized to update the product' },
  Forbidden: { status: 403, message: 'The caller is not allowed to access this resource.' },
  EntityNotFound: { status: 404, message: 'The requested entity was not found.' },
  MethodNotAllowed: { status: 405, message: 'The resource does not support this method.' },
  LengthRequired: { status: 411, message: 'The request needs a Content-Length header.' },
  PreconditionFailed: { status: 412, message: 'The resource is not in the state that the request demands.' },
  PayloadTooLarge: { status: 413, message: 'The request body is too large.' },
  UnsupportedMediaType: {
    status: 415,
    message: 'The request body must be JSON: send "Content-Type: application/json".',
  },
  RangeNotSatisfiable: { status: 416, message: 'No byte of the content is in the range.' },
  TooManyRequests: { status: 429, message: 'Too many requests. Wait as long as Retry-After says, then try again.' },
  InternalServerError: { status: 500, message: 'The server met an unexpected error.' },
  ServiceUnavailable: { status: 503, message: 'The service is not available at this time. Try again later.' },
} as const satisfies Readonly<Record<string, ErrorFacts>>;

export type ErrorCode = keyof typeof ERRORS;

/** The official messages that callers compare or look for, by what they say. */
export const MESSAGES = {
  onlyPendingCanBeCommitted: 'Only pending submissions can be committed.',
  initialExists: 'Initial submission already exists',
  noInitialSubmission: 'Cannot create derived submission since no initial submission created',
  initialNotCompleted: 'Cannot create derived submission since the initial submission has not completed',
  derivedNotPossible: 'Derived submissions are not possible for attestation, test-signed and extension-INF products.',
  cannotPublishInbox:
    'Cannot create Publishing shipping label for inbox or system type. One can only share the shipping label.',
  notReadyForShippingLabel: "Submission isn't yet ready to create shipping label. Retry after some time.",
  productNotUpdatable: 'Not authorized to update the product',
  submissionNotUpdatable: 'Not authorized to update the submission',
  productNeedsInitialSubmission: 'Cannot update product without an initial submission',
  productWorkflowFailed: 'Cannot update product because the workflow has failed',
  submissionWorkflowFailed: 'Cannot update the submission since the workflows have failed',
  announcementDateFixed: 'Announcement Date cannot be updated after the ingestion process is finished',
  productNameBusy: 'Product Name cannot be updated at this time. Please re-try',
  sharedProductReadOnly: 'The product was shared with this account and takes no submissions.',
  metadataNeedsCompletion: "Driver metadata can be created once the submission's workflow has completed.",
  submissionNotFound: 'No submission found',
  preprodPackageNotFound: 'Package not found',
  preprodAssetNotFound: 'Asset not found',
  productNotFound: 'Product not found',
  extensionMustBeAutomatic:
    'Extension drivers must be published as an Automatic update. Either of isAutoInstallDuringOSUpgrade or isAutoInstallOnApplicableSystems must be true.',
  chidsNeedWindows10: 'CHIDs are allowed only when HardwareIds are for operating systems Windows 10 and later.',
  shippingLabelNotFound: 'No shipping label found',
  submissionCannotBeLabelled: 'Cannot create shipping label since the workflow of the submission has failed',
  submissionNeedsMetadata:
    'The submission has no driver metadata yet, from which hardware ids are chosen. Create it with createpublishermetadata.',
  readOnlyProduct: 'Shipping labels cannot be created or changed on a read-only product.',
  shippingLabelNotCancellable:
    'Only a shipping label in Microsoft approval or gradual rollout can be cancelled, and never a shared one.',
  shippingLabelBusy: 'Cannot update the shipping label when another workflow is in progress. Please retry.',
} as const;

/** The code as a version of the API writes it: `EntityNotFound` on v1.0, `entityNotFound` on v2.0. */
export function wireCode(code: ErrorCode, version: ApiVersion): string {
  return version === 'v1.0' ? code : code.charAt(0).toLowerCase() + code.slice(1);
}

/** One fault of a request: `target` is the path of the property, for example `requestedSignatures[1]`. */
export interface ValidationError {
  readonly target: string;
  readonly message: string;
}
