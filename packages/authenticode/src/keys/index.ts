// Front door of signing keys: in memory, in PKCS#12 files, in PEM text.
export { readPrivateKeyPem } from './private-key-pem.ts';
export { readPkcs12 } from './read-pkcs12.ts';
export { createLocalKey, keyMatchesCertificate, type LocalKey, type SigningKey } from './signing-key.ts';
export { type Pkcs12Request, writePkcs12 } from './write-pkcs12.ts';
