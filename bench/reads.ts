// GETs of one submission per second, beside a bare Fastify route that returns the same bytes from another process.
import { Agent, get } from 'node:http';
import { startProcess } from './child-process.ts';
import { measureGets } from './load.ts';
import { createSubmission, type Service } from './service.ts';
import { printTable } from './statistics.ts';

const CONNECTIONS = 16;
const WARM_UP_MS = 1000;

/** One GET over the agent. Throws Error unless the answer is 200 and has a body. */
function getOnce(url: URL, agent: Agent, authorization: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode === 200 && body.length > 0) resolve(body);
        else reject(new Error(`${url.href} answered ${response.statusCode} with ${body.length} bytes.`));
      });
    }).on('error', reject);
  });
}

/** GETs per second over keep-alive connections. */
function measure(url: URL, authorization: string, milliseconds: number): Promise<number> {
  return measureGets({ url, authorization, connections: CONNECTIONS, milliseconds });
}

export async function benchReads(service: Service, size: { milliseconds: number; rounds: number }): Promise<void> {
  const { productId, id } = await createSubmission(service.client);
  const assayUrl = new URL(`/v2.0/my/hardware/products/${productId}/submissions/${id}`, service.url);
  const authorization = await service.authorize();
  const body = await getOnce(assayUrl, new Agent(), authorization);
  const bare = await startProcess<{ url: string }>(
    'bare-route',
    body.toString('base64'),
    'application/json; charset=utf-8',
  );
  try {
    const routes = [
      { name: 'Assay', url: assayUrl, rounds: [] as number[] },
      { name: 'bare Fastify route, bytes ready-made', url: new URL('/bytes', bare.ready.url), rounds: [] as number[] },
      {
        name: 'bare Fastify route, writes the object',
        url: new URL('/object', bare.ready.url),
        rounds: [] as number[],
      },
    ];
    for (const { url } of routes) await measure(url, authorization, WARM_UP_MS);
    for (let round = 0; round < size.rounds; round += 1) {
      for (const { url, rounds } of routes) rounds.push(await measure(url, authorization, size.milliseconds));
    }
    printTable(
      'GET of one submission',
      `${body.length} bytes over ${CONNECTIONS} keep-alive connections, in turns of ${size.milliseconds / 1000} s, ${size.rounds} each. Assay checks the token and the role, looks the submission up and writes it as JSON with a signed URL; the bare routes check and look up nothing.`,
      routes.map(({ name, rounds }) => ({ name, unit: 'GET/s', rounds })),
    );
  } finally {
    await bare.stop();
  }
}
