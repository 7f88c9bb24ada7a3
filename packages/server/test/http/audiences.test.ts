import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AudienceList, ErrorBody } from '@assay/hardware-api';
import { buildTestApp, V2 } from './test-app.ts';

const OWN = {
  name: 'My Custom Audience',
  description:
    'Matches machines that have the following registry key: HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\FOO-BAR',
  audienceName: 'Sample_Audience_Key',
};

test('audiences are listed under both documented paths, in the documented shape', async (t) => {
  const built = await buildTestApp(t);
  for (const path of ['audiences', 'audience', 'Audiences/']) {
    const response = await built.call('GET', `${V2}/${path}`);
    assert.equal(response.statusCode, 200);
    assert.deepEqual(response.json<AudienceList>(), {
      value: [
        {
          id: '9f4f44d8-bfec-48c6-a02c-2d9ea220f6e2',
          name: 'Test Registry Key',
          description:
            'Matches machines that have the following registry key: HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\Test Drivers - use at own risk',
          audienceName: 'Test_Registry_Key',
        },
      ],
      links: [{ href: `http://localhost${V2}/audiences`, rel: 'self', method: 'GET' }],
    });
  }
});

test('a Manager adds audiences to the account and removes them; nobody else sees them', async (t) => {
  const built = await buildTestApp(t);
  const stranger = await built.addTenant();
  const owner = await built.addTenant(['Shipping Label Owner']);
  const created = await built.call('POST', '/assay/v1/audiences', OWN);
  assert.equal(created.statusCode, 201, created.body);
  const { id, ...rest } = created.json<{ id: string }>();
  assert.deepEqual(rest, OWN);
  const idsFor = async (tenant = built.tenant) =>
    (await built.call('GET', `${V2}/audiences`, undefined, tenant)).json<AudienceList>().value.map((each) => each.id);
  assert.equal((await idsFor()).at(-1), id);
  assert.equal((await idsFor(stranger)).includes(id), false);
  assert.equal((await idsFor(owner)).length, 1);

  const again = await built.call('POST', '/assay/v1/audiences', { ...OWN, id: id.toUpperCase() });
  assert.equal(again.json<ErrorBody>().error.code, 'requestInvalidForCurrentState');
  assert.equal((await built.call('POST', '/assay/v1/audiences', OWN, owner)).statusCode, 403);
  assert.equal((await built.call('POST', '/assay/v1/audiences', { name: ' ' })).statusCode, 400);
  assert.equal((await built.call('DELETE', `/assay/v1/audiences/${id}`, undefined, stranger)).statusCode, 404);
  assert.equal((await built.call('DELETE', `/assay/v1/audiences/${id.toUpperCase()}`)).statusCode, 204);
  assert.equal((await idsFor()).includes(id), false);
  const actions = await built.database.selectFrom('audit_entries').select('action').execute();
  assert.deepEqual(
    actions.map(({ action }) => action).filter((action) => action.startsWith('audience')),
    ['audience.create', 'audience.remove'],
  );
});
