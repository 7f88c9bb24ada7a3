// Submissions per second through the whole pipeline: product, submission, upload, commit, all steps, wait.
import { findDownload } from '@assay/hardware-api';
import { createSubmission, packEcho, type Service } from './service.ts';
import { type Measurement, printTable } from './statistics.ts';

const PARALLEL = 4;
const POLL_MS = 20;
const TIMEOUT_MS = 120_000;

async function submit({ client }: Service, cabinet: Uint8Array): Promise<void> {
  const submission = await createSubmission(client);
  await client.uploadPackage(submission, cabinet);
  await client.commitSubmission(submission.productId, submission.id);
  const done = await client.waitForSubmission(submission.productId, submission.id, {
    timeoutMs: TIMEOUT_MS,
    pollIntervalMs: POLL_MS,
  });
  if (findDownload(done, 'signedPackage') === undefined)
    throw new Error(`Submission ${done.id} has no signed package.`);
}

/** Seconds to send `count` submissions, `parallel` at a time. */
async function timeSubmissions(
  service: Service,
  cabinet: Uint8Array,
  count: number,
  parallel: number,
): Promise<number> {
  let left = count;
  const start = performance.now();
  const submitter = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await submit(service, cabinet);
    }
  };
  await Promise.all(Array.from({ length: parallel }, submitter));
  return (performance.now() - start) / 1000;
}

export async function benchSubmissions(service: Service, size: { count: number; rounds: number }): Promise<void> {
  const cabinet = await packEcho(service.credentials);
  await timeSubmissions(service, cabinet, PARALLEL, PARALLEL);
  const together: number[] = [];
  const alone: number[] = [];
  for (let round = 0; round < size.rounds; round += 1) {
    together.push(size.count / (await timeSubmissions(service, cabinet, size.count, PARALLEL)));
    const few = Math.ceil(size.count / PARALLEL);
    alone.push(few / (await timeSubmissions(service, cabinet, few, 1)));
  }
  const measurements: Measurement[] = [
    { name: `${PARALLEL} at a time`, unit: 'submissions/s', rounds: together },
    { name: 'one after the other', unit: 'submissions/s', rounds: alone },
  ];
  printTable(
    'Submissions through the whole pipeline',
    `examples/echo, from "create product" to a signed package, ${size.count} at a turn, turns: ${size.rounds}. The ratio is what parallel submitters gain.`,
    measurements,
  );
}
