// Front door of inspection: what is in a file, as plain values.
export { describeCertificate } from './describe-certificate.ts';
export { describeFile } from './describe-file.ts';
export type {
  CabinetDescription,
  CatalogDescription,
  CatalogMemberDescription,
  CertificateDescription,
  DescriptionOptions,
  Fault,
  FileDescription,
  ImageDescription,
  NamedIdentifier,
  PackageDescription,
  SignatureDescription,
  TimestampDescription,
} from './description.ts';
