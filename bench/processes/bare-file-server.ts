// node:http alone: PUT streams the body to a file, GET streams the file back. Nothing is hashed, flushed or recorded.
// Argument: the file.
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [file = ''] = process.argv.slice(2);
const server = createServer({ requestTimeout: 0 }, async (request, response) => {
  if (request.method === 'PUT') {
    await pipeline(request, createWriteStream(file));
    response.writeHead(201).end();
    return;
  }
  const { size } = await stat(file);
  response.writeHead(200, { 'content-length': size });
  await pipeline(createReadStream(file), response);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }));
});
process.stdin.resume().on('end', () => process.exit(0));
