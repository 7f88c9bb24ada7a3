// GETs of one submission per second, beside a bare Fastify route that returns the same bytes from another process.
import { Agent, get } from 'node:http';
import { startProcess } from './child-process.ts';
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
async function measure(url: URL, authorization: string, milliseconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let count = 0;
  const start = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      await getOnce(url, agent, authorization);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return count / seconds;
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
    const bareUrl = new URL(bare.ready.url);
    const assayRounds: number[] = [];
    const bareRounds: number[] = [];
    for (const url of [assayUrl, bareUrl]) await measure(url, authorization, WARM_UP_MS);
    for (let round = 0; round < size.rounds; round += 1) {
      assayRounds.push(await measure(assayUrl, authorization, size.milliseconds));
      bareRounds.push(await measure(bareUrl, authorization, size.milliseconds));
    }
    printTable(
      'GET of one submission',
      `${body.length} bytes over ${CONNECTIONS} keep-alive connections, in turns of ${size.milliseconds / 1000} s, ${size.rounds} each. Assay checks the token, reads its database and signs a URL; the bare Fastify route returns the same bytes ready-made.`,
      [
        { name: 'Assay', unit: 'GET/s', rounds: assayRounds },
        { name: 'bare Fastify route', unit: 'GET/s', rounds: bareRounds },
      ],
    );
  } finally {
    await bare.stop();
  }
}
