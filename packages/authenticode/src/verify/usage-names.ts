// Extended key usages and certificate policies in words. Sources: RFC 5280 §4.2.1.12, wincrypt.h ("szOID_…"), "Attestation
// signing a kernel driver for public release" (driver verification), CA/Browser Forum "Baseline Requirements for Code
// Signing Certificates" §7.1.6.1. A usage that is not listed is shown as its number.

import { ASSAY_USAGES } from '../assay-identifiers.ts';

const USAGE_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.29.37.0', 'any usage'],
  ['1.3.6.1.5.5.7.3.1', 'TLS server authentication'],
  ['1.3.6.1.5.5.7.3.2', 'TLS client authentication'],
  ['1.3.6.1.5.5.7.3.3', 'code signing'],
  ['1.3.6.1.5.5.7.3.4', 'e-mail protection'],
  ['1.3.6.1.5.5.7.3.8', 'time stamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSP signing'],
  ['1.3.6.1.4.1.311.2.1.21', 'code signing by an individual'],
  ['1.3.6.1.4.1.311.2.1.22', 'code signing by a company'],
  ['1.3.6.1.4.1.311.10.3.1', 'trust list signing'],
  ['1.3.6.1.4.1.311.10.3.5', 'Windows hardware driver verification (WHQL, HLK)'],
  ['1.3.6.1.4.1.311.10.3.5.1', 'Windows hardware driver attested verification'],
  ['1.3.6.1.4.1.311.10.3.6', 'Windows system component verification'],
  ['1.3.6.1.4.1.311.10.3.7', 'OEM Windows system component verification'],
  ['1.3.6.1.4.1.311.10.3.8', 'embedded Windows system component verification'],
  ['1.3.6.1.4.1.311.10.3.13', 'lifetime signing'],
  ['1.3.6.1.4.1.311.10.3.20', 'Windows kits component'],
  ['1.3.6.1.4.1.311.10.3.21', 'Windows RT verification'],
  ['1.3.6.1.4.1.311.10.3.22', 'protected process light verification'],
  ['1.3.6.1.4.1.311.10.3.23', 'Windows TCB component'],
  ['1.3.6.1.4.1.311.10.3.24', 'protected process verification'],
  ['1.3.6.1.4.1.311.10.3.25', 'Windows third-party application component'],
  ['1.3.6.1.4.1.311.10.3.26', 'Windows software extension verification'],
  ['1.3.6.1.4.1.311.10.3.27', 'preview build signing'],
  ['1.3.6.1.4.1.311.10.3.39', 'Windows hardware driver extended verification'],
  ['1.3.6.1.4.1.311.61.1.1', 'kernel-mode code signing'],
  ['1.3.6.1.4.1.311.61.4.1', 'early-launch antimalware driver'],
  ['1.3.6.1.4.1.311.61.5.1', 'HAL extension'],
  ['1.3.6.1.4.1.311.76.3.1', 'Windows Store'],
  ['1.3.6.1.4.1.311.76.5.1', 'dynamic code generator'],
  ['1.3.6.1.4.1.311.76.6.1', 'Windows Update'],
  ['1.3.6.1.4.1.311.76.8.1', 'Microsoft publisher'],
  ['1.3.6.1.4.1.311.80.2.1', 'UEFI driver publisher'],
  [ASSAY_USAGES.whql, 'driver verification by Assay (tested)'],
  [ASSAY_USAGES.attestation, 'driver verification by Assay (attested)'],
  [ASSAY_USAGES.test, 'test signing by Assay'],
  [ASSAY_USAGES.flight, 'flight signing by Assay'],
  [ASSAY_USAGES.preprod, 'preproduction signing by Assay'],
]);

const POLICY_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.29.32.0', 'any policy'],
  ['2.23.140.1.3', 'extended validation code signing'],
  ['2.23.140.1.4.1', 'code signing without extended validation'],
  ['2.23.140.1.4.2', 'time stamping'],
]);

/** An extended key usage in words; its object identifier when it is not a known one. */
export function usageName(oid: string): string {
  return USAGE_NAMES.get(oid) ?? oid;
}

/** A certificate policy in words; its object identifier when it is not a known one. */
export function certificatePolicyName(oid: string): string {
  return POLICY_NAMES.get(oid) ?? oid;
}
