// One connection to clamd: a request is sent, perhaps piece by piece, and one reply ended by a zero byte comes back.
import { connect, type Socket } from 'node:net';
import type { ClamdAddress } from './clamd-address.ts';
import { ScannerError } from './scanner.ts';

/** A reply is a line with the name of a signature; anything longer is not from clamd. In bytes, without the zero at the end. */
const LONGEST_REPLY = 4_096;

export interface ExchangeLimits {
  /** For the connection to come about, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** For the other side to take the next piece, and for its reply after the last one, each in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Reply {
  readonly text: string;
  /** Whether everything had been sent when the reply came. */
  readonly isWhole: boolean;
}

/** The pieces of a request, in order. A piece is not touched again before the next one is asked for, so it may be reused. */
export type Request = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

function open(address: ClamdAddress): Socket {
  return address.kind === 'unix' ? connect(address.path) : connect({ host: address.host, port: address.port });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/**
 * Sends the request on a connection of its own and gives the reply. A reply that comes before everything is sent ends the
 * sending. Throws ScannerError, the reason of the signal, or what the request throws.
 */
export async function exchange(address: ClamdAddress, request: Request, limits: ExchangeLimits): Promise<Reply> {
  const { signal } = limits;
  signal?.throwIfAborted();
  const socket = open(address);
  const outcome = Promise.withResolvers<Reply>();
  let isConnected = false;
  let isWhole = false;
  let timer: NodeJS.Timeout | undefined;
  const allow = (milliseconds: number, otherwise: string): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      outcome.reject(new ScannerError('timeout', `${otherwise} within ${milliseconds / 1000} s`));
    }, milliseconds);
  };
  const onAbort = (): void => outcome.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });

  const received: Buffer[] = [];
  let length = 0;
  socket.on('data', (data: Buffer) => {
    const end = data.indexOf(0);
    length += end < 0 ? data.length : end;
    if (length > LONGEST_REPLY) {
      outcome.reject(new ScannerError('unexpected-reply', `its reply is longer than ${LONGEST_REPLY} bytes`));
    } else if (end < 0) {
      received.push(data);
    } else if (end < data.length - 1) {
      outcome.reject(new ScannerError('unexpected-reply', 'it sent something after its reply'));
    } else {
      received.push(data.subarray(0, end));
      outcome.resolve({ text: Buffer.concat(received).toString('latin1'), isWhole });
    }
  });
  socket.once('connect', () => {
    isConnected = true;
  });
  const cutOff = (cause?: Error): void =>
    outcome.reject(
      isConnected
        ? new ScannerError(
            'cut-off',
            `it cut the connection${cause === undefined ? '' : ` (${codeOf(cause)})`} before its reply was complete`,
            { cause },
          )
        : new ScannerError('unreachable', `it cannot be reached${cause === undefined ? '' : ` (${codeOf(cause)})`}`, {
            cause,
          }),
    );
  socket.on('error', cutOff);
  socket.once('end', () => cutOff());
  socket.once('close', () => cutOff());

  /** Resolves when the system took the piece, or will never take it: the events above say what happened. */
  const send = (piece: Uint8Array): Promise<void> => new Promise((resolve) => socket.write(piece, () => resolve()));
  const sendAll = async (): Promise<void> => {
    allow(limits.connectTimeoutMs, 'it did not take the connection');
    await new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      socket.once('close', () => resolve());
    });
    for await (const piece of request) {
      if (socket.destroyed || length > 0) return;
      allow(limits.timeoutMs, 'it took no more of the file');
      await send(piece);
    }
    if (socket.destroyed) return;
    isWhole = true;
    allow(limits.timeoutMs, 'it gave no reply');
  };
  const sending = sendAll().catch((error: unknown) => outcome.reject(error));
  try {
    return await outcome.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    socket.destroy();
    // What the request reads from is let go before the caller gets its answer.
    await sending;
    clearTimeout(timer);
  }
}
