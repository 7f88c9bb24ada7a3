// A large driver package through the whole pipeline, and what memory it takes beside a small one: work on a package goes by
// stream, so its size must not show. The same work done with the usual tools stands beside it.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSource } from '@assay/authenticode';
import { findDownload } from '@assay/hardware-api';
import { hasCommand, peakOf, runCommand } from './run-command.ts';
import { createSubmission, type Service, startService } from './service.ts';
import { makeSigningIdentity, type SigningIdentity } from './signing-identity.ts';
import { printTable } from './statistics.ts';

const MIB = 1024 * 1024;
const PROGRAM = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'assay.js');
const ECHO = join(import.meta.dirname, '..', 'examples', 'echo', 'driver');
const WATCH_MS = 10;
const POLL_MS = 50;
const TIMEOUT_MS = 30 * 60_000;

/**
 * What a package is made of, in parts of its size: random bytes, which no method makes smaller, some of them behind an image,
 * and besides them a file that nearly vanishes in the cabinet.
 */
const SHARES = { image: 1 / 16, sparse: 1 / 8 };
const RANDOM_FILES = 8;

interface PackageUnderTest {
  readonly folder: string;
  readonly cabinet: string;
  readonly mebibytes: number;
}

/** Appends this many bytes; of a sparse file most are zero. */
async function fill(path: string, bytes: number, kind: 'random' | 'sparse'): Promise<void> {
  const handle = await open(path, 'a');
  try {
    for (let left = bytes; left > 0; left -= MIB) {
      const chunk = kind === 'random' ? randomBytes(MIB) : Buffer.alloc(MIB);
      if (kind === 'sparse') for (let at = 0; at < MIB; at += 512) chunk.set(randomBytes(32), at);
      await handle.writeFile(chunk.subarray(0, Math.min(MIB, left)));
    }
  } finally {
    await handle.close();
  }
}

/** A driver folder and its cabinet, which has about this size and is signed as the account signs. */
async function makePackage(directory: string, mebibytes: number, { credentials }: Service): Promise<PackageUnderTest> {
  const folder = join(directory, 'echo');
  await mkdir(folder, { recursive: true });
  for (const name of ['echo.inf', 'echo.sys']) await copyFile(join(ECHO, name), join(folder, name));
  await copyFile(join(ECHO, 'echo.sys'), join(folder, 'firmware.dll'));
  const total = mebibytes * MIB;
  await fill(join(folder, 'firmware.dll'), Math.round(total * SHARES.image), 'random');
  await fill(join(folder, 'sparse.bin'), Math.round(total * SHARES.sparse), 'sparse');
  const each = Math.round((total * (1 - SHARES.image)) / RANDOM_FILES);
  for (let index = 1; index <= RANDOM_FILES; index += 1) await fill(join(folder, `data${index}.bin`), each, 'random');
  const cabinet = join(directory, 'echo.cab');
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, credentials.submissionCertificatePassword, { mode: 0o600 });
  const key = ['--pkcs12', credentials.submissionCertificate, '--password-file', passwordFile];
  await runCommand(process.execPath, [PROGRAM, 'pack', folder, '--out', cabinet, ...key]);
  return { folder, cabinet, mebibytes: (await stat(cabinet)).size / MIB };
}

/** The most that a service and the processes which it starts had in memory, in MiB. */
interface Peaks {
  service: number;
  inspector: number;
  signer: number;
}

function childrenOf(pid: number): { readonly pid: number; readonly command: string }[] {
  try {
    const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return ids.map((id) => ({ pid: id, command: readFileSync(`/proc/${id}/cmdline`, 'utf8') }));
  } catch {
    return [];
  }
}

/** Watches until the function that it gives is called, which gives the peaks. */
function watchMemory({ pid }: Service): () => Peaks {
  const peaks: Peaks = { service: Number.NaN, inspector: 0, signer: 0 };
  const look = (): void => {
    peaks.service = peakOf(pid);
    for (const child of childrenOf(pid)) {
      const kind = /(inspector|signer)-process/.exec(child.command)?.[1];
      if (kind !== 'inspector' && kind !== 'signer') continue;
      const peak = peakOf(child.pid);
      if (peak > peaks[kind]) peaks[kind] = peak;
    }
  };
  const timer = setInterval(look, WATCH_MS);
  return () => {
    clearInterval(timer);
    look();
    return peaks;
  };
}

interface PipelineRun {
  readonly upload: number;
  readonly pipeline: number;
  readonly download: number;
  readonly peaks: Peaks;
}

/** Seconds of each part of one submission. */
async function submit(service: Service, cabinet: string): Promise<PipelineRun> {
  const { client } = service;
  const stopWatching = watchMemory(service);
  const submission = await createSubmission(client);
  const times: number[] = [performance.now()];
  const handle = await open(cabinet, 'r');
  try {
    const { size } = await handle.stat();
    await client.uploadPackage(submission, fileSource(handle, size));
  } finally {
    await handle.close();
  }
  times.push(performance.now());
  await client.commitSubmission(submission.productId, submission.id);
  const done = await client.waitForSubmission(submission.productId, submission.id, {
    timeoutMs: TIMEOUT_MS,
    pollIntervalMs: POLL_MS,
  });
  times.push(performance.now());
  await read(findDownload(done, 'signedPackage'));
  times.push(performance.now());
  const [upload = 0, pipeline = 0, download = 0] = times
    .slice(1)
    .map((time, index) => (time - (times[index] ?? 0)) / 1000);
  return { upload, pipeline, download, peaks: stopWatching() };
}

/** Downloads and forgets. Throws Error when there is nothing, or not all of it comes. */
async function read(url: string | undefined): Promise<void> {
  if (url === undefined) throw new Error('The submission has no signed package.');
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`The signed package: ${response.status}.`);
  const hash = createHash('sha256');
  for await (const chunk of response.body) hash.update(chunk);
  hash.digest();
}

/** The same with the usual tools: seconds of each, and the most memory that any of them had. */
async function withPeers(directory: string, { cabinet }: PackageUnderTest, identity: SigningIdentity) {
  const folder = join(directory, 'peers');
  await mkdir(folder);
  const unpack = await runCommand('cabextract', ['-q', '-d', folder, cabinet]);
  const signing = [];
  for (const name of ['echo.sys', 'firmware.dll']) {
    const image = join(folder, 'echo', name);
    const key = ['-certs', identity.certificateFile, '-key', identity.keyFile, '-h', 'sha256'];
    signing.push(await runCommand('osslsigncode', ['sign', ...key, '-in', image, '-out', `${image}.signed`]));
    await rm(image);
  }
  const zip = await runCommand('zip', ['-q', '-r', join(folder, 'signed.zip'), join(folder, 'echo')]);
  await rm(folder, { recursive: true });
  const runs = [unpack, ...signing, zip];
  return {
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0),
    // A tool that ended before it could be looked at tells nothing.
    mebibytes: Math.max(0, ...runs.map(({ mebibytes }) => mebibytes).filter((peak) => !Number.isNaN(peak))),
  };
}

async function hasPeers(): Promise<boolean> {
  const found = await Promise.all(
    ['cabextract', 'osslsigncode', 'zip'].map((command) => hasCommand(command, command === 'zip' ? '-v' : '--version')),
  );
  return found.every(Boolean);
}

export async function benchLargePackage(
  directory: string,
  size: { readonly small: number; readonly large: number },
): Promise<void> {
  const identity = await makeSigningIdentity(directory);
  const withPeer = await hasPeers();
  if (!withPeer)
    console.log('\nNot all of cabextract, osslsigncode and zip are installed: nothing stands beside the pipeline.');
  const peaks: { readonly name: string; readonly peaks: Peaks }[] = [];
  for (const mebibytes of [size.small, size.large]) {
    const folder = join(directory, `package-${mebibytes}`);
    // A service of its own: the high-water mark of a process does not go down.
    const service = await startService(join(folder, 'data'));
    try {
      const made = await makePackage(folder, mebibytes, service);
      const run = await submit(service, made.cabinet);
      const peer = withPeer ? await withPeers(folder, made, identity) : undefined;
      const name = `${Math.round(made.mebibytes)} MiB`;
      peaks.push({ name, peaks: run.peaks });
      const seconds = (title: string, value: number) => ({ name: title, unit: 's', rounds: [value] });
      printTable(
        `A cabinet of ${name} with MSZIP through the whole pipeline`,
        'Beside it: the same cabinet unpacked, its images signed and everything zipped with three tools. They check nothing, make no catalog and flush nothing to the disk.',
        [
          seconds('upload', run.upload),
          seconds('commit to signed package', run.pipeline),
          seconds('download', run.download),
          ...(peer === undefined ? [] : [seconds('cabextract + osslsigncode + zip', peer.seconds)]),
        ],
      );
      if (peer !== undefined) console.log(`\n  Most memory of these tools: ${Math.round(peer.mebibytes)} MiB.`);
    } finally {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }
  for (const process of ['service', 'inspector', 'signer'] as const) {
    printTable(
      `Most memory of the ${process} process`,
      'Resident, from its start to the end of the one submission that it gets. The ratio is what the size of the package does.',
      peaks.toReversed().map(({ name, peaks: { [process]: peak } }) => ({ name, unit: 'MiB', rounds: [peak] })),
    );
  }
}
