// Who may call what, written down by hand: the tests compare the server and its OpenAPI document with this table, so that a
// route is opened or closed on purpose only.
import type { Role } from '../../packages/server/src/store/accounts.ts';

const MANAGERS: readonly Role[] = ['Manager'];
const SUBMITTERS: readonly Role[] = ['Manager', 'Driver Submitter'];
const LABELLERS: readonly Role[] = ['Manager', 'Shipping Label Owner', 'Shipping Label Promoter'];
const READERS: readonly Role[] = ['Manager', 'Driver Submitter', 'Shipping Label Owner', 'Shipping Label Promoter'];

/** Operation → the roles of which one is needed; `undefined` where no token is asked for. */
export const ACCESS: Readonly<Record<string, readonly Role[] | undefined>> = {
  createProduct: SUBMITTERS,
  listProducts: READERS,
  getProduct: READERS,
  updateProduct: SUBMITTERS,
  createSubmission: SUBMITTERS,
  listSubmissions: READERS,
  getSubmission: READERS,
  updateSubmission: SUBMITTERS,
  commitSubmission: SUBMITTERS,
  getPartnerSubmission: READERS,
  createPublisherMetadata: SUBMITTERS,
  createShippingLabel: LABELLERS,
  listShippingLabels: LABELLERS,
  getShippingLabel: LABELLERS,
  updateShippingLabel: LABELLERS,
  cancelShippingLabel: LABELLERS,
  listAudiences: LABELLERS,
  listAudience: LABELLERS,
  submitPreprodPackage: SUBMITTERS,
  getPreprodPackage: SUBMITTERS,
  listPreprodAssets: SUBMITTERS,
  getPreprodAsset: SUBMITTERS,
  downloadPreprodAsset: SUBMITTERS,
  listReviews: MANAGERS,
  reviewSubmission: MANAGERS,
  listHeldShippingLabels: MANAGERS,
  getShippingLabelUpdate: MANAGERS,
  approveShippingLabel: MANAGERS,
  createAudience: MANAGERS,
  removeAudience: MANAGERS,
  listAuditEntries: MANAGERS,
  listCertificates: MANAGERS,
  registerCertificate: MANAGERS,
  downloadSignableFile: MANAGERS,
  removeCertificate: MANAGERS,
  issueToken: undefined,
  issueTokenV2: undefined,
  getOpenIdConfiguration: undefined,
  getOpenIdConfigurationV2: undefined,
  createTimestamp: undefined,
  getHealth: undefined,
  getOpenApiDocument: undefined,
};
