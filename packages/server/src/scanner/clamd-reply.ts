// What clamd's replies mean (clamd(8), "COMMANDS"). A reply that is not exactly one of those below is no verdict.
import { ScannerError, type ScannerVersion, type ScanVerdict } from './scanner.ts';

/** Text from the scanner goes into messages to submitters: visible ASCII only, and not without end. */
const MOST_SHOWN = 200;

function shown(text: string): string {
  const visible = text.replace(/[^\x20-\x7e]/g, '?');
  return visible.length > MOST_SHOWN ? `${visible.slice(0, MOST_SHOWN)}…` : visible;
}

function unexpected(reply: string): ScannerError {
  return new ScannerError('unexpected-reply', `it answered "${shown(reply)}", which is not of clamd's protocol`);
}

const FOUND = /^stream: (\S.*) FOUND$/s;
const FAULT = /^(?:stream: )?(.+) ERROR$/s;
/** With "AlertExceedsMax yes", clamd reports in this way that it stopped short of the end, instead of calling the file clean. */
const LIMIT_SIGNATURE = /^Heuristics\.Limits\.Exceeded\b/;
const SIZE_LIMIT = 'INSTREAM size limit exceeded. ERROR';

/**
 * The verdict in the reply to INSTREAM. `isWhole`: whether the whole file had been sent when the reply came. What is said
 * about a part of a file is no verdict on it. Throws ScannerError.
 */
export function parseScanReply(reply: string, isWhole: boolean): ScanVerdict {
  if (reply === SIZE_LIMIT) {
    return { kind: 'not-scanned', reason: 'it is larger than the stream limit of the scanner (StreamMaxLength)' };
  }
  const fault = FAULT.exec(reply)?.[1];
  if (fault !== undefined) throw new ScannerError('refused', `it answered "${shown(fault)}"`);
  if (!isWhole) throw unexpected(reply);
  if (reply === 'stream: OK') return { kind: 'clean' };
  const signature = FOUND.exec(reply)?.[1];
  if (signature === undefined) throw unexpected(reply);
  return LIMIT_SIGNATURE.test(signature)
    ? { kind: 'not-scanned', reason: `it is beyond a limit of the scanner (${shown(signature)})` }
    : { kind: 'infected', signature: shown(signature) };
}

/** `ClamAV 1.4.6/27819/Thu Nov 13 09:44:31 2025`; without ClamAV's own signatures only `ClamAV 1.4.6`. */
const VERSION = /^(ClamAV [!-.0-~]{1,64})(?:\/([0-9]{1,10})\/([\x20-\x7e]{1,64}))?$/;

/**
 * The reply to VERSION. The date has no time zone: it is that of clamd's machine, and is read as UTC, so that it may be off
 * by half a day. Throws ScannerError.
 */
export function parseVersionReply(reply: string): ScannerVersion {
  const [, engine, version, written] = VERSION.exec(reply) ?? [];
  if (engine === undefined) throw unexpected(reply);
  if (version === undefined || written === undefined) return { engine, signatures: undefined };
  const date = new Date(`${written} UTC`);
  if (Number.isNaN(date.getTime())) throw unexpected(reply);
  return { engine, signatures: { version, date } };
}

/** Throws ScannerError unless the reply is the one to PING. */
export function checkPingReply(reply: string): void {
  if (reply !== 'PONG') throw unexpected(reply);
}
