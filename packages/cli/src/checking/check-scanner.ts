// Checks of the malware scanner: whether it answers, and how old its signatures are.
import { type CheckResult, fail, ok, warn } from './check-result.ts';

const DAY_MS = 86_400_000;
/** ClamAV publishes signatures daily; older ones than this mean that freshclam does not run. */
const OLD_DAYS = 7;

/** The clamd at that address. */
export async function checkScanner(address: string, now = new Date()): Promise<CheckResult[]> {
  // Loaded here, because the other checks do without the server.
  const { createClamdScanner, ScannerAddressError, ScannerError } = await import('@assay/server');
  const name = 'malware scanner';
  try {
    const scanner = createClamdScanner({ address });
    await scanner.ping();
    const { engine, signatures } = await scanner.version();
    if (signatures === undefined) {
      const detail = `${engine} does not say how old its signatures are`;
      return [
        warn(name, detail, 'Let freshclam load the signatures of ClamAV, unless it is meant to have none of them.'),
      ];
    }
    const days = Math.floor((now.getTime() - signatures.date.getTime()) / DAY_MS);
    const detail = `${engine}, signatures ${signatures.version} of ${signatures.date.toISOString().slice(0, 10)}`;
    return days > OLD_DAYS
      ? [warn(name, `${detail}: ${days} days old`, 'See why freshclam does not renew them.')]
      : [ok(name, detail)];
  } catch (error) {
    if (error instanceof ScannerAddressError) {
      return [fail(name, error.message, 'Pass the address that "assay serve --clamd" gets.')];
    }
    if (!(error instanceof ScannerError)) throw error;
    const remedy = 'Start clamd, or correct the address; see LocalSocket and TCPSocket in its clamd.conf.';
    return [fail(name, `${address}: ${error.message}`, remedy)];
  }
}
