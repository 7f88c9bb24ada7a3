// Opens what signing needs: the keys of all profiles and of time stamps, in their processes, and the services on top of them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePem, type SigningKey, type TimestampTransport } from '@assay/authenticode';
import type { Clock } from '../clock.ts';
import { writeFileWhole } from '../durable-files.ts';
import type { Database } from '../store/database.ts';
import type { KeyMaterial } from './key-material.ts';
import type { SigningProfile } from './profiles.ts';
import { openSigner, type SignerKey } from './signer.ts';
import { createSigningService, type SigningService } from './signing-service.ts';
import { createTimestamps, type Timestamps } from './timestamps.ts';

export interface Signing {
  readonly service: SigningService;
  readonly timestamps: Timestamps;
  close(): Promise<void>;
}

const TIMESTAMP_KEY = 'time stamps';

/** Writes the certificates into files that the operator can hand out: machines that install drivers must know their publisher. */
async function publishCertificates(directory: string, keys: ReadonlyMap<string, SigningKey>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, { certificate, chain }] of keys) {
    const text = [certificate, ...chain].map(({ bytes }) => encodePem('CERTIFICATE', bytes)).join('');
    await writeFileWhole(join(directory, `${name}.pem`), text, 0o644);
  }
}

/** Throws SigningProfileError that names the profile whose key cannot be used, and says why. */
export async function openSigning(options: {
  readonly database: Database;
  readonly keyMaterial: Pick<KeyMaterial, 'signingKeys' | 'timestampKey'>;
  readonly profiles: readonly SigningProfile[];
  /** Folder for the certificates, in PEM with their issuers: a file for each profile, and `timestamp.pem`. */
  readonly certificateDirectory: string;
  readonly clock: Clock;
  /** Reaches other time-stamping authorities; HTTP when absent. */
  readonly transport?: TimestampTransport;
}): Promise<Signing> {
  const { database, keyMaterial, profiles, clock } = options;
  const keys = profiles.map(({ name, key }): SignerKey => {
    const location = key === 'built-in' ? keyMaterial.signingKeys.get(name) : key;
    if (location === undefined) throw new Error(`the signing profile "${name}" has no key`);
    return { name, title: `the signing profile "${name}"`, location };
  });
  const signer = await openSigner([
    ...keys,
    { name: TIMESTAMP_KEY, title: 'the time-stamping authority', location: keyMaterial.timestampKey },
  ]);
  try {
    const timestamps = createTimestamps(signer.key(TIMESTAMP_KEY), clock, options.transport);
    const signers = profiles.map((profile) => {
      const timestamper = timestamps.timestamperFor(profile);
      return { profile, key: signer.key(profile.name), ...(timestamper === undefined ? {} : { timestamper }) };
    });
    const service = createSigningService(database, signers, clock);
    const opened = new Map(signers.map(({ profile, key }) => [profile.name as string, key]));
    opened.set('timestamp', signer.key(TIMESTAMP_KEY));
    await publishCertificates(options.certificateDirectory, opened);
    return { service, timestamps, close: () => signer.close() };
  } catch (error) {
    await signer.close();
    throw error;
  }
}
