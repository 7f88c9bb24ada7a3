// Object identifiers of our own, for certificates and time stamps that Assay issues.

/**
 * Where our object identifiers are. Microsoft lets anyone derive an arc below 1.2.840.113556.1.8000.2554 from a GUID ("Obtaining
 * an Object Identifier from Microsoft", Active Directory Schema): five parts of 16 bits and two of 24, in decimal. Ours is
 * a156d28e-1b08-4428-8de1-83a5b60774d0.
 */
const ARC = '1.2.840.113556.1.8000.2554.41302.53902.6920.17448.36321.8627638.488656';

/** Extended key usages: one for each kind of package that is signed. */
export const ASSAY_USAGES = {
  whql: `${ARC}.1.1`,
  attestation: `${ARC}.1.2`,
  test: `${ARC}.1.3`,
  flight: `${ARC}.1.4`,
  preprod: `${ARC}.1.5`,
} as const;

/** The policy under which the built-in authority makes time stamps (RFC 3161 §2.4.2). */
export const ASSAY_TIMESTAMP_POLICY = `${ARC}.2.1`;
