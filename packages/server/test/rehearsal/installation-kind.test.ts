// An installation is for rehearsals or not, from its first start on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InstallationKindError, startServer } from '../../src/index.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';

test('an installation with submissions of worth cannot be rehearsed with, nor a rehearsal be served', async (t) => {
  const folder = temporaryFolder(t);
  const start = (name: string, rehearsal: boolean) =>
    startServer({
      dataDirectory: `${folder}/${name}`,
      port: 0,
      throwAway: true,
      ...(rehearsal ? { rehearsal: {} } : {}),
    });
  for (const rehearsal of [false, true]) {
    const name = String(rehearsal);
    await (await start(name, rehearsal)).close();
    await assert.rejects(start(name, !rehearsal), InstallationKindError);
    await (await start(name, rehearsal)).close();
  }
});
