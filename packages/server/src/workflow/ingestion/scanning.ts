// Step 3: malware scan of every file of the package. Without a scanner the step says so rather than passing silently; a
// policy that demands a scan then stops every package here. With one, no file goes on without a verdict: while the scanner
// gives none, the package waits, whatever the policy.
import { type Scanner, ScannerError, type ScanVerdict } from '../../scanner/index.ts';
import { appendAudit, SERVICE } from '../../store/audit.ts';
import type { Apply, Step, StepContext, StepResult } from '../workflow.ts';
import type { StepServices } from './ingestion-services.ts';
import type { Inventory, InventoryFile } from './preparation.ts';
import { openStaging, type Staging } from './staging.ts';

export const NOT_SCANNED = 'No malware scanner is configured on this service: the package was not scanned.';

/** The step's output when there is a scanner. */
export interface ScanResult {
  /** Whether every file was scanned, and none was found to be infected. */
  readonly scanned: boolean;
  /** Name and version of the scanner. */
  readonly engine: string;
  /** The scanner's signatures when the scan began, their date in ISO 8601; null when it does not say. */
  readonly signatures: { readonly version: string; readonly date: string } | null;
  /** Number of files of the package. */
  readonly files: number;
  readonly notScanned: readonly { readonly path: string; readonly reason: string }[];
}

/** Scans that fail this often are no hiccup: the submission then says what it waits for. */
const FAILURES_HIDDEN = 3;
/** How long it waits between looks at a scanner that gives no verdict, in milliseconds. A clamd loads for half a minute. */
const RETRY_MS = 5_000;
/** More than this many messages help nobody; the rest is counted. */
const MOST_MESSAGES = 20;

/** Files of a package that are scanned at the same time. The scanner has a limit of its own over all packages. */
const FILES_AT_ONCE = 4;

/** A scanner without a verdict as a reason to wait; anything else is thrown on. */
function scannerFault(error: unknown, context: StepContext): StepResult {
  if (!(error instanceof ScannerError)) throw error;
  // The first times like any other fault that may pass: tried again soon, and told in the operator's log.
  if (context.attempt <= FAILURES_HIDDEN) throw error;
  return {
    kind: 'waiting',
    retryAfterMs: RETRY_MS,
    messages: [
      `The package waits for the malware scanner, without whose verdict nothing is signed: ${error.message}. The service goes on trying; there is nothing to be done but by its operator.`,
    ],
  };
}

function limited(messages: readonly string[]): readonly string[] {
  if (messages.length <= MOST_MESSAGES) return messages;
  return [...messages.slice(0, MOST_MESSAGES), `${messages.length - MOST_MESSAGES} more files are left out.`];
}

interface Verdicts {
  readonly verdicts: ReadonlyMap<string, ScanVerdict>;
  /** The first reason why not all are there. */
  readonly fault: unknown;
}

/** Verdicts by SHA-256: files with the same bytes are scanned once. After the first fault no further file is begun. */
async function scanFiles(
  scanner: Scanner,
  staging: Staging,
  files: readonly InventoryFile[],
  signal: AbortSignal,
): Promise<Verdicts> {
  const verdicts = new Map<string, ScanVerdict>();
  const queue = new Map(files.map((file) => [file.sha256, file])).values();
  const stop = new AbortController();
  let fault: unknown;
  const work = async (): Promise<void> => {
    for (const { path, sha256, size } of queue) {
      if (stop.signal.aborted) return;
      try {
        if (!(await staging.has(sha256, size))) throw new Error(`${path} is not in the staging folder any more`);
        if (stop.signal.aborted) return;
        verdicts.set(sha256, await scanner.scan(staging.path(sha256), AbortSignal.any([signal, stop.signal])));
      } catch (error) {
        if (stop.signal.aborted) return;
        fault =
          error instanceof ScannerError
            ? new ScannerError(error.code, `at ${path} ${error.message}`, { cause: error })
            : error;
        stop.abort(fault);
      }
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  return { verdicts, fault };
}

export function scanning(services: StepServices): Step {
  const { scanner, policy, subjects, clock } = services;

  /** Writes into the audit log with what the package was scanned, and what came out. */
  async function auditScan(subjectId: bigint, details: Readonly<Record<string, unknown>>): Promise<Apply> {
    const { account, entity } = await subjects.load(subjectId);
    return (transaction) =>
      appendAudit(transaction, SERVICE, { accountId: account.id, action: 'package.scan', entity, details }, clock);
  }

  async function scan(scanner: Scanner, context: StepContext): Promise<StepResult> {
    const { files } = context.output<Inventory>('preparation');
    const staging = await openStaging(services.workDirectory, context.subjectId);
    const { engine, signatures } = await scanner.version(context.signal);
    const { verdicts, fault } = await scanFiles(scanner, staging, files, context.signal);
    context.signal.throwIfAborted();

    const infected: { path: string; signature: string }[] = [];
    const notScanned: { path: string; reason: string }[] = [];
    for (const { path, sha256 } of files) {
      const verdict = verdicts.get(sha256);
      if (verdict?.kind === 'infected') infected.push({ path, signature: verdict.signature });
      if (verdict?.kind === 'not-scanned') notScanned.push({ path, reason: verdict.reason });
    }
    const output: ScanResult = {
      scanned: infected.length === 0 && notScanned.length === 0,
      engine,
      signatures:
        signatures === undefined ? null : { version: signatures.version, date: signatures.date.toISOString() },
      files: files.length,
      notScanned,
    };
    // One infected file is enough to refuse the package, whatever became of the others.
    if (infected.length === 0 && fault !== undefined) throw fault;
    if (infected.length === 0 && verdicts.size < new Set(files.map(({ sha256 }) => sha256)).size) {
      throw new Error('a file of the package has no verdict');
    }
    const apply = await auditScan(context.subjectId, { ...output, infected });
    if (infected.length > 0) {
      const messages = infected.map(
        ({ path, signature }) =>
          `${path}: the malware scanner found ${signature}. Nothing of the package is signed. Look where the file comes from; if it is harmless, send it to the maker of the signature or to the operator of this service.`,
      );
      return { kind: 'failed', messages: limited(messages), apply };
    }
    if (notScanned.length > 0 && policy.scan === 'required') {
      const messages = notScanned.map(
        ({ path, reason }) =>
          `${path}: the file was not scanned for malware: ${reason}. The policy of this service demands a scan of every file. Make the file smaller or leave it out, or ask the operator to raise the limits of the scanner.`,
      );
      return { kind: 'failed', messages: limited(messages), apply };
    }
    return { kind: 'completed', output: JSON.parse(JSON.stringify(output)), apply };
  }

  return {
    name: 'scanning',
    async run(context) {
      if (scanner !== undefined) {
        try {
          return await scan(scanner, context);
        } catch (error) {
          return scannerFault(error, context);
        }
      }
      if (policy.scan === 'required') {
        return {
          kind: 'failed',
          messages: [
            `${NOT_SCANNED} The policy of this service demands a scan, so the package cannot go on. Ask the operator.`,
          ],
        };
      }
      return { kind: 'completed', output: { scanned: false, note: NOT_SCANNED } };
    },
  };
}
