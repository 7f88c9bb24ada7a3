// Signing and verifying images, and making catalogs, as whole commands beside the tools that people use for it today.
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareCommands } from './compare-commands.ts';
import { hasCommand, runCommand } from './run-command.ts';
import { makeSigningIdentity } from './signing-identity.ts';

const MIB = 1024 * 1024;
const PROGRAM = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'assay.js');
const DRIVER = join(import.meta.dirname, '..', 'examples', 'echo', 'driver', 'echo.sys');

/** An image of this size: a small driver with data behind it, as installers are. */
async function makeImage(path: string, mebibytes: number): Promise<void> {
  await copyFile(DRIVER, path);
  const handle = await open(path, 'a');
  try {
    const { size } = await handle.stat();
    const chunk = randomBytes(MIB);
    for (let left = mebibytes * MIB - size; left > 0; left -= chunk.length) {
      await handle.writeFile(chunk.subarray(0, Math.min(left, chunk.length)));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function benchSigning(
  directory: string,
  size: { readonly images: readonly number[]; readonly catalogFiles: number; readonly rounds: number },
): Promise<void> {
  const folder = join(directory, 'signing');
  await mkdir(folder);
  const identity = await makeSigningIdentity(folder);
  const withPeer = await hasCommand('osslsigncode', '--version');
  if (!withPeer) console.log('\nosslsigncode is not installed: nothing stands beside signing and verifying.');
  const assay = (...args: string[]) => runCommand(process.execPath, [PROGRAM, ...args]);
  const key = ['--pkcs12', identity.pkcs12, '--password-file', identity.passwordFile];

  for (const mebibytes of size.images) {
    const image = join(folder, `${mebibytes}.sys`);
    const ours = join(folder, `${mebibytes}.assay.sys`);
    const theirs = join(folder, `${mebibytes}.peer.sys`);
    await makeImage(image, mebibytes);
    const signWithPeer = async () => {
      await rm(theirs, { force: true });
      return runCommand('osslsigncode', [
        'sign',
        ...['-certs', identity.certificateFile, '-key', identity.keyFile, '-h', 'sha256'],
        ...['-in', image, '-out', theirs],
      ]);
    };
    await compareCommands(
      `Signing an image of ${mebibytes} MiB`,
      'SHA-256, RSA 3072, the whole command from its start to its end. Assay flushes the result to the disk before it gives it its name.',
      [
        { name: 'assay sign', run: () => assay('sign', image, '--out', ours, '--force', '-q', ...key) },
        ...(withPeer ? [{ name: 'osslsigncode sign', run: signWithPeer }] : []),
      ],
      size.rounds,
    );
    await compareCommands(
      `Verifying an image of ${mebibytes} MiB`,
      'Digest, signature and chain up to a root that is named on the command line.',
      [
        { name: 'assay verify', run: () => assay('verify', ours, '--trust', identity.certificateFile) },
        ...(withPeer
          ? [
              {
                name: 'osslsigncode verify',
                run: () => runCommand('osslsigncode', ['verify', '-CAfile', identity.certificateFile, '-in', ours]),
              },
            ]
          : []),
      ],
      size.rounds,
    );
    for (const path of [image, ours, theirs]) await rm(path, { force: true });
  }

  const driver = join(folder, 'package');
  await mkdir(driver);
  await copyFile(join(import.meta.dirname, '..', 'examples', 'echo', 'driver', 'echo.inf'), join(driver, 'echo.inf'));
  const names: string[] = [join(driver, 'echo.inf')];
  const image = await readFile(DRIVER);
  for (let index = 1; index < size.catalogFiles; index += 1) {
    const path = join(driver, `file${index}${index % 4 === 0 ? '.dll' : '.bin'}`);
    await writeFile(path, index % 4 === 0 ? Buffer.concat([image, randomBytes(8192)]) : randomBytes(64 * 1024));
    names.push(path);
  }
  const catalog = join(folder, 'package.cat');
  const explanation = `${size.catalogFiles} files, a quarter of them images. No other tool here makes such catalogs, so the limit stands beside it: sha256sum over the same files.`;
  const limit = { name: 'sha256sum', run: () => runCommand('sha256sum', names) };
  await compareCommands(
    'Making a catalog',
    explanation,
    [
      {
        name: 'assay catalog create',
        run: () => assay('catalog', 'create', driver, '--out', catalog, '--force', '-q'),
      },
      limit,
    ],
    size.rounds,
  );
  await compareCommands(
    'Checking a package against its catalog',
    explanation,
    [{ name: 'assay catalog verify', run: () => assay('catalog', 'verify', catalog, driver) }, limit],
    size.rounds,
  );
}
