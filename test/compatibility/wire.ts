// Requests exactly as a test writes them: node:http adds no Content-Type, follows no redirect and retries nothing.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { parseJson } from '@assay/hardware-api';

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The JSON with its 64-bit integers intact; undefined for an empty body. */
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire has the shape that each test asserts.
  readonly json: any;
}

/** Sends one request over a connection of its own. Without a body a POST or PUT has `Content-Length: 0`. */
export function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      buffer(response).then((bytes) => {
        const text = bytes.toString('utf8');
        const isJson = /json/.test(response.headers['content-type'] ?? '') && /^\s*[[{]/.test(text);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text,
          json: isJson ? parseJson(text) : undefined,
        });
      }, reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
