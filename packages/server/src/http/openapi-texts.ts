// The prose of the OpenAPI document: what holds for every operation, and what the groups of operations are about.

const LINES = [
  'The Hardware API of the Windows Hardware Dev Center, served by Assay, and Assay’s own small resources under `/assay/v1`.',
  '',
  '**Paths.** The operations are listed under `/v2.0/my/hardware`. The same resources answer under `/v1.0/my/hardware`,',
  '`/api/v1.0/my/hardware`, `/api/v1.0/hardware` and `/api/v1/hardware`. Paths are compared without case and a trailing slash',
  'never matters. Links in an answer use the prefix that the caller used.',
  '',
  '**Version 1.0** differs in this: error codes are written `EntityNotFound` instead of `entityNotFound`; a commit answers with',
  'the body `{"commitStatus":"commitStarted"}`; a committed submission reads `commitCompleted` instead of `commitComplete`.',
  '',
  '**Ids** are 64-bit integers written as bare JSON numbers. They do not fit a double: read them with a parser that keeps them.',
  '',
  '**Requests.** Property names and values of enumerations are read without case, the last of several spellings wins, unknown',
  'properties are ignored, `null` means absent, and a 64-bit integer may also be a string of digits. A body needs no',
  'Content-Type, but one that is given must be JSON. A date without a zone is UTC.',
  '',
  '**Lists** come in pages of 50 unless `pageSize` says otherwise; the link with the relation `next_link` leads to the next page.',
  '',
  '**Every answer** carries `MS-RequestId` and `MS-CorrelationId`: the caller’s, where it sent any.',
  '',
  '**What belongs to another account** answers as if it did not exist.',
] as const;

export const API_DESCRIPTION = LINES.join('\n');

/** Packages go to and come from URLs in the resources, which speak another protocol. */
export const BLOB_DOCUMENTATION = {
  description:
    'The URLs in `downloads.items` speak the Azure Blob protocol under a shared access signature: Put Blob, Put Block, Put Block List, Get Block List, Get Blob and Get Blob Properties of a block blob.',
  url: 'https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api',
} as const;

/** The groups, in the order in which they are shown. */
export const TAGS = [
  { name: 'Tokens', description: 'The authority: access tokens for applications, in the shape of Microsoft Entra ID.' },
  { name: 'Products', description: 'A driver, with what it is to be signed for.' },
  { name: 'Submissions', description: 'Packages of a product on their way to a signature.' },
  { name: 'Shipping labels', description: 'To whom a signed driver is published.' },
  { name: 'Audiences', description: 'Groups of devices to which a shipping label can be restricted.' },
  { name: 'Preprod', description: 'Signatures for test machines, without a product.' },
  { name: 'Reports', description: 'Certification reports.' },
  { name: 'Reviews', description: 'Assay’s own: submissions that wait for a person.' },
  { name: 'Certificates', description: 'Assay’s own: the certificates with which an account signs what it submits.' },
  { name: 'Audit', description: 'Assay’s own: the log of every change of the account.' },
  { name: 'Service', description: 'Health, and this document.' },
] as const;
