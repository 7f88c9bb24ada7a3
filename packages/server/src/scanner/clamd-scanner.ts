// A scanner that is a clamd: each file is streamed to it over a connection of its own (INSTREAM).
import { type FileHandle, open } from 'node:fs/promises';
import { parseClamdAddress } from './clamd-address.ts';
import { type ExchangeLimits, exchange } from './clamd-exchange.ts';
import { checkPingReply, parseScanReply, parseVersionReply } from './clamd-reply.ts';
import { type Scanner, ScannerError, type ScanVerdict } from './scanner.ts';
import { createTurns } from './turns.ts';

export interface ClamdScannerOptions {
  /** `tcp://HOST:PORT` or `unix:/PATH`. */
  readonly address: string;
  /** For a connection to come about, in milliseconds. 5,000 by default. */
  readonly connectTimeoutMs?: number;
  /**
   * For clamd to take the next piece of a file, and for its verdict after the last one, each in milliseconds. 180,000 by
   * default: clamd gives itself 120 s for a file.
   */
  readonly timeoutMs?: number;
  /**
   * The largest file that clamd scans whole, in bytes: the smaller one of its StreamMaxLength and MaxFileSize. A larger one
   * is not sent, and is not scanned. 100 MiB by default, as clamd's own.
   */
  readonly maximumStreamBytes?: number;
  /** Files scanned at the same time, over all packages. 4 by default; clamd's MaxThreads is 10. */
  readonly connections?: number;
}

export interface ClamdScanner extends Scanner {
  /** Throws ScannerError unless clamd answers as it should. */
  ping(signal?: AbortSignal): Promise<void>;
}

export const DEFAULT_STREAM_BYTES = 104_857_600;
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_TIMEOUT_MS = 180_000;
const DEFAULT_CONNECTIONS = 4;
/**
 * How often a file is sent whose connection was cut before its end. clamd hangs up at its stream limit right after saying so, and
 * a write that fails on the way takes the unread reply along, about one time in ten.
 */
const MOST_SENDINGS = 3;
/** Bytes of a file in each chunk of the stream. */
const CHUNK_BYTES = 65_536;
/** The length before each chunk, big endian, in bytes. */
const LENGTH_BYTES = 4;

/** Commands in the form that ends with a zero byte, whose replies do so too. */
function command(name: string): Uint8Array {
  return Buffer.from(`z${name}\0`, 'latin1');
}

const END_OF_STREAM = Buffer.alloc(LENGTH_BYTES);

/**
 * The file as INSTREAM wants it, in one buffer that is used again and again. `onEnd` is called when the last piece is asked
 * for. Throws when the file is shorter than the given size.
 */
async function* instream(file: FileHandle, size: number, onEnd: () => void): AsyncGenerator<Uint8Array> {
  yield command('INSTREAM');
  const buffer = Buffer.allocUnsafe(LENGTH_BYTES + CHUNK_BYTES);
  for (let sent = 0; sent < size; ) {
    const { bytesRead } = await file.read(buffer, LENGTH_BYTES, Math.min(CHUNK_BYTES, size - sent), sent);
    if (bytesRead === 0) throw new Error('the file became shorter while it was scanned');
    buffer.writeUInt32BE(bytesRead);
    yield buffer.subarray(0, LENGTH_BYTES + bytesRead);
    sent += bytesRead;
  }
  onEnd();
  yield END_OF_STREAM;
}

/**
 * A scanner at that address; nothing is connected before it is asked for something. Throws ScannerAddressError, and
 * RangeError for limits that are not positive.
 */
export function createClamdScanner(options: ClamdScannerOptions): ClamdScanner {
  const address = parseClamdAddress(options.address);
  const maximumStreamBytes = options.maximumStreamBytes ?? DEFAULT_STREAM_BYTES;
  const connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const connections = options.connections ?? DEFAULT_CONNECTIONS;
  for (const [name, value] of Object.entries({ maximumStreamBytes, connectTimeoutMs, timeoutMs, connections })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number above 0`);
  }
  const turns = createTurns(connections);
  const limits = (signal: AbortSignal | undefined): ExchangeLimits => ({ connectTimeoutMs, timeoutMs, signal });
  const ask = async (name: string, signal: AbortSignal | undefined): Promise<string> => {
    // Answered at once or not at all, and outside the turns: whether clamd lives does not depend on what it has to do.
    const { text } = await exchange(address, [command(name)], {
      ...limits(signal),
      timeoutMs: Math.min(timeoutMs, connectTimeoutMs),
    });
    return text;
  };
  const sendFile = async (file: FileHandle, size: number, signal: AbortSignal | undefined): Promise<ScanVerdict> => {
    for (let sending = 1; ; sending++) {
      let isSent = false;
      const request = instream(file, size, () => {
        isSent = true;
      });
      try {
        const { text, isWhole } = await exchange(address, request, limits(signal));
        return parseScanReply(text, isWhole);
      } catch (error) {
        const isCut = error instanceof ScannerError && error.code === 'cut-off' && !isSent;
        if (!isCut || sending >= MOST_SENDINGS) throw error;
      }
    }
  };
  return {
    async ping(signal) {
      checkPingReply(await ask('PING', signal));
    },
    async version(signal) {
      return parseVersionReply(await ask('VERSION', signal));
    },
    scan: (path, signal) =>
      turns.take(signal, async () => {
        const file = await open(path, 'r');
        try {
          const { size } = await file.stat();
          if (size > maximumStreamBytes) {
            const reason = `it has ${size} bytes, and the scanner takes no more than ${maximumStreamBytes}`;
            return { kind: 'not-scanned', reason };
          }
          return await sendFile(file, size, signal);
        } finally {
          await file.close();
        }
      }),
  };
}
