// Every object identifier that this package reads or writes, in one table.
// Sources: RFC 5280, RFC 3279, RFC 5758, RFC 8017, RFC 8018, RFC 7292, RFC 2315, RFC 8410, RFC 3161, RFC 5035; those below 1.3.6.1.4.1.311
// are Microsoft's, from "Windows Authenticode Portable Executable Signature Format", wintrust.h and mscat.h.

export const OID = {
  // Algorithms of public keys and signatures.
  rsaEncryption: '1.2.840.113549.1.1.1',
  mgf1: '1.2.840.113549.1.1.8',
  rsaPss: '1.2.840.113549.1.1.10',
  sha1WithRsa: '1.2.840.113549.1.1.5',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  ecPublicKey: '1.2.840.10045.2.1',
  ecdsaWithSha1: '1.2.840.10045.4.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',

  // Attributes of names, RFC 4519.
  commonName: '2.5.4.3',
  countryName: '2.5.4.6',
  localityName: '2.5.4.7',
  stateOrProvinceName: '2.5.4.8',
  streetAddress: '2.5.4.9',
  organizationName: '2.5.4.10',
  organizationalUnitName: '2.5.4.11',
  domainComponent: '0.9.2342.19200300.100.1.25',
  userId: '0.9.2342.19200300.100.1.1',

  // Certificate extensions, RFC 5280 §4.2.
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',

  // Certificate policies of the CA/Browser Forum.
  extendedValidationCodeSigning: '2.23.140.1.3',

  // Extended key usages.
  anyExtendedKeyUsage: '2.5.29.37.0',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  windowsHardwareDriverVerification: '1.3.6.1.4.1.311.10.3.5',
  windowsHardwareDriverAttestedVerification: '1.3.6.1.4.1.311.10.3.5.1',
  windowsHardwareDriverExtendedVerification: '1.3.6.1.4.1.311.10.3.39',
  windowsSystemComponentVerification: '1.3.6.1.4.1.311.10.3.6',
  lifetimeSigning: '1.3.6.1.4.1.311.10.3.13',

  // PKCS#7 and its attributes.
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  encryptedData: '1.2.840.113549.1.7.6',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  countersignature: '1.2.840.113549.1.9.6',
  sequenceNumber: '1.2.840.113549.1.9.25.4',

  // Time stamps, RFC 3161 and RFC 5035.
  timeStampInfo: '1.2.840.113549.1.9.16.1.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',

  // Authenticode.
  spcIndirectData: '1.3.6.1.4.1.311.2.1.4',
  spcStatementType: '1.3.6.1.4.1.311.2.1.11',
  spcOpusInfo: '1.3.6.1.4.1.311.2.1.12',
  spcPeImageData: '1.3.6.1.4.1.311.2.1.15',
  spcIndividualCodeSigning: '1.3.6.1.4.1.311.2.1.21',
  spcCommercialCodeSigning: '1.3.6.1.4.1.311.2.1.22',
  spcLink: '1.3.6.1.4.1.311.2.1.25',
  spcPageHashesSha1: '1.3.6.1.4.1.311.2.3.1',
  spcPageHashesSha256: '1.3.6.1.4.1.311.2.3.2',
  nestedSignature: '1.3.6.1.4.1.311.2.4.1',
  timeStampToken: '1.3.6.1.4.1.311.3.3.1',

  // Catalogs.
  certificateTrustList: '1.3.6.1.4.1.311.10.1',
  catalogList: '1.3.6.1.4.1.311.12.1.1',
  catalogListMember: '1.3.6.1.4.1.311.12.1.2',
  catalogListMember2: '1.3.6.1.4.1.311.12.1.3',
  catalogNameValue: '1.3.6.1.4.1.311.12.2.1',
  catalogMemberInfo: '1.3.6.1.4.1.311.12.2.2',
  catalogMemberInfo2: '1.3.6.1.4.1.311.12.2.3',

  // PKCS#5 and PKCS#12.
  pbkdf2: '1.2.840.113549.1.5.12',
  pbes2: '1.2.840.113549.1.5.13',
  hmacWithSha1: '1.2.840.113549.2.7',
  hmacWithSha256: '1.2.840.113549.2.9',
  hmacWithSha384: '1.2.840.113549.2.10',
  hmacWithSha512: '1.2.840.113549.2.11',
  desEde3Cbc: '1.2.840.113549.3.7',
  aes128Cbc: '2.16.840.1.101.3.4.1.2',
  aes192Cbc: '2.16.840.1.101.3.4.1.22',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  pbeSha1TripleDes3Key: '1.2.840.113549.1.12.1.3',
  pbeSha1TripleDes2Key: '1.2.840.113549.1.12.1.4',
  pbeSha1Rc2With128Bits: '1.2.840.113549.1.12.1.5',
  pbeSha1Rc2With40Bits: '1.2.840.113549.1.12.1.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
} as const;
