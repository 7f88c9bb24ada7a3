// An HTTP server on this machine, and tools run beside it (a synchronous run would keep the server from answering).
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { ToolResult } from '../support/external-tool.ts';

type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void> | void;

/** Starts a server that is closed with the test; its address, without a path. */
export async function serveLoopback(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    await answer(request, Buffer.concat(chunks), response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers with these bytes as a time-stamping authority does. */
export function sendReply(response: ServerResponse, bytes: Uint8Array): void {
  response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(bytes);
}

export async function runBeside(tool: string, args: readonly string[], cwd: string): Promise<ToolResult> {
  const child = spawn(tool, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, output: `${stdout}${stderr}` };
}
