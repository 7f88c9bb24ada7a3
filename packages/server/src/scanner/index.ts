// The front door of the malware scanner.
export { ScannerAddressError } from './clamd-address.ts';
export {
  type ClamdScanner,
  type ClamdScannerOptions,
  createClamdScanner,
  DEFAULT_STREAM_BYTES,
} from './clamd-scanner.ts';
export {
  type Scanner,
  ScannerError,
  type ScannerErrorCode,
  type ScannerVersion,
  type ScanVerdict,
} from './scanner.ts';
