// `assay sdcm`: the command line, the lines and the numbers of Microsoft's tool, as scripts around it use them.
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parseSdcmArguments } from '../src/sdcm/arguments.ts';
import { RETURN_CODES } from '../src/sdcm/return-codes.ts';
import { makeDriverFolder } from './driver-folder.ts';
import { type Finished, runAssay, temporaryDirectory, type Variables } from './run-assay.ts';
import { type RunningAssay, startServerProcess } from './running-server.ts';

/** What a POSIX shell sees of a return code. */
function shellCode(name: keyof typeof RETURN_CODES): number {
  return RETURN_CODES[name] & 0xff;
}

function sdcm(directory: string, args: readonly string[], variables: Variables = {}): Promise<Finished> {
  return runAssay(directory, ['sdcm', ...args], variables);
}

test('options are taken in every form that the tool takes', () => {
  const { options, unknown } = parseSdcmArguments([
    ...['-create', 'a.json', '--productid=1', '/submissionid:2', '-w', '-waitmetadata', '-t', '30', '-v-', '-nonsense'],
  ]);
  assert.deepEqual(options, {
    create: 'a.json',
    productid: '1',
    submissionid: '2',
    wait: true,
    waitmetadata: true,
    timeout: '30',
    verbose: false,
  });
  assert.deepEqual(unknown, ['-nonsense']);
});

test('every flow of a wrapper', async (t) => {
  let server: RunningAssay;
  let variables: Variables;
  let productId = '';
  let submissionId = '';

  before(async () => {
    server = await startServerProcess(t);
    const { tenantId, clientId, clientSecret } = server.credentials;
    variables = {
      SDCM_CREDS_TENANTID: tenantId,
      SDCM_CREDS_CLIENTID: clientId,
      SDCM_CREDS_KEY: clientSecret,
      SDCM_CREDS_URL: server.url,
      SDCM_CREDS_URLPREFIX: 'v2.0/my',
    };
    await makeDriverFolder(server.directory, 'echo');
    const { submissionCertificate, submissionCertificatePassword } = server.credentials;
    const signing = ['--sign', submissionCertificate, '--password', submissionCertificatePassword];
    const packed = await runAssay(server.directory, ['pack', 'echo', '--out', 'echo.cab', ...signing]);
    assert.equal(packed.code, 0, packed.stderr);
  });

  const run = (...args: readonly string[]) => sdcm(server.directory, ['-creds', 'ENVOnly', ...args], variables);
  const write = (name: string, content: object) =>
    writeFile(join(server.directory, name), `\uFEFF${JSON.stringify(content)}`);

  await t.test('creates a product from a file as PowerShell writes it', async () => {
    await write('product.json', {
      createType: 'product',
      createProduct: {
        productName: 'Echo_Attestation',
        TestHarness: 'Attestation',
        announcementDate: '2027-04-01T00:00:00',
        deviceMetadataIds: null,
        firmwareVersion: '0',
        deviceType: 'external',
        isTestSign: false,
        isFlightSign: false,
        marketingNames: null,
        selectedProductTypes: { windows_v100_RS4: 'Unclassified' },
        requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
        additionalAttributes: null,
      },
    });
    const { code, stdout, stderr } = await run('-create', 'product.json');
    assert.equal(code, 0, stdout + stderr);
    productId = /--- Product: (\d+)/.exec(stdout)?.[1] ?? '';
    assert.match(productId, /^\d{17,19}$/);
    assert.match(stdout, /^Return: 0 \(SUCCESS\)$/m);
    assert.match(stdout, /^Correlation Id: [0-9a-f-]{36}$/m);
  });

  await t.test('creates a submission, uploads, commits, waits and downloads', async () => {
    await write('submission.json', {
      createType: 'submission',
      createSubmission: { name: 'Echo_Submission', type: 'initial' },
    });
    const created = await run('-create', 'submission.json', '-productid', productId);
    submissionId = /---- Submission: (\d+)/.exec(created.stdout)?.[1] ?? '';
    assert.match(submissionId, /^\d{17,19}$/, created.stdout);
    const ids = ['-productid', productId, '-submissionid', submissionId];

    const early = await run('-download', 'early.zip', ...ids);
    assert.equal(early.code, shellCode('DOWNLOAD_GET_SUBMISSION_API_FAILED'), early.stdout);

    const uploaded = await run('-upload', 'echo.cab', ...ids);
    assert.equal(uploaded.code, 0, uploaded.stdout);
    assert.match(uploaded.stdout, /^> initialPackage Url: http/m);
    assert.doesNotMatch(uploaded.stdout, /sig=(?!\*\*\*)/);
    const committed = await run('-commit', ...ids);
    assert.equal(committed.code, 0, committed.stdout);
    assert.match(committed.stdout, /^> Commit OK$/m);

    const waited = await run('-wait', '-waitmetadata', ...ids);
    assert.equal(waited.code, 0, waited.stdout);
    assert.match(waited.stdout, /^> Step: {2}finalizeIngestion$/m);
    assert.match(waited.stdout, /^> State: completed$/m);
    assert.match(waited.stdout, /^> Submission Ready with Metadata$/m);

    const downloaded = await run(...ids, '-download', 'signed.zip');
    assert.equal(downloaded.code, 0, downloaded.stdout);
    assert.ok((await stat(join(server.directory, 'signed.zip'))).size > 0);
    assert.equal((await runAssay(server.directory, ['verify', 'signed.zip'])).code, 0);
    const metadata = await run('-metadata', 'metadata.json', ...ids);
    assert.equal(metadata.code, 0, metadata.stdout);
    assert.ok('BundleInfoMap' in JSON.parse(await readFile(join(server.directory, 'metadata.json'), 'utf8')));
  });

  await t.test('shares a shipping label and waits for it', async () => {
    await write('label.json', {
      createType: 'shippingLabel',
      createShippingLabel: {
        publishingSpecifications: { goLiveDate: '2027-01-01T00:00:00.000Z', visibleToAccounts: [] },
        targeting: { hardwareIds: [], restrictedToAudiences: [], inServicePublishInfo: { flooring: '', ceiling: '' } },
        name: 'Echo_Label',
        destination: 'windowsUpdate',
      },
    });
    const ids = ['-productid', productId, '-submissionid', submissionId];
    const created = await run('-create', 'label.json', ...ids);
    assert.equal(created.code, 0, created.stdout);
    const label = /---- Shipping Label: *(\d+)/.exec(created.stdout)?.[1] ?? '';
    assert.match(label, /^\d+$/);
    const waited = await run('-wait', ...ids, '-shippinglabelid', label);
    assert.equal(waited.code, 0, waited.stdout);
    assert.match(waited.stdout, /^> Shipping Label Ready$/m);
    const listed = await run('-list', 'shippinglabel', ...ids, '-shippinglabelid', label);
    assert.match(listed.stdout, /pnpString: /);
  });

  await t.test('lists', async () => {
    const products = await run('-list', 'product');
    assert.match(products.stdout, new RegExp(`^---- Product: ${productId}$`, 'm'));
    const submissions = await run('-list', 'Submission', '-productid', productId);
    assert.match(submissions.stdout, new RegExp(`^---- Submission: ${submissionId}$`, 'm'));
    const audiences = await run('-a');
    assert.match(audiences.stdout, /^---- Audience: [0-9a-f-]{36}$/m);
  });

  await t.test('returns its numbers', async () => {
    const ids = ['-productid', productId, '-submissionid', submissionId];
    const cases: readonly (readonly [keyof typeof RETURN_CODES, readonly string[]])[] = [
      ['COMMIT_REQUEST_INVALID_FOR_CURRENT_STATE', ['-commit', ...ids]],
      ['SUBMISSION_ENTITY_NOT_FOUND', ['-list', 'submission', '-productid', productId, '-submissionid', '1']],
      ['LIST_GET_PRODUCTS_API_FAILED', ['-list', 'product', '-productid', '1']],
      ['CREATE_INPUT_FILE_DOES_NOT_EXIST', ['-create', 'nowhere.json']],
      ['COMMIT_SUBMISSION_ID_MISSING', ['-commit', '-productid', productId]],
      ['NEW_SUBMISSION_PRODUCT_ID_MISSING', ['-create', 'submission.json']],
      ['DOWNLOAD_OUTPUT_FILE_ALREADY_EXISTS', ['-download', 'signed.zip', ...ids]],
      ['DOWNLOAD_OUTPUT_PATH_NOT_EXIST', ['-download', 'no/folder/signed.zip', ...ids]],
      ['LIST_INVALID_OPTION', ['-list', 'everything']],
      ['COMMAND_LINE_OPTION_PARSING_FAILED', ['-create']],
      ['COMMAND_LINE_OPTION_PARSING_FAILED', []],
      ['OVERRIDE_SERVER_INVALID', ['-list', 'product', '-server', '3']],
      ['TRANSLATE_API_FAILED', ['-translate', '-publisherid', '1', ...ids]],
    ];
    for (const [name, args] of cases) {
      const { code, stdout } = await run(...args);
      assert.equal(code, shellCode(name), `${args.join(' ')}\n${stdout}`);
      assert.ok(stdout.includes(`Return: ${RETURN_CODES[name]} (${name})`), stdout);
    }
  });

  await t.test('takes authconfig.json and -server', async (context) => {
    const folder = await temporaryDirectory(context);
    const { tenantId, clientId, clientSecret } = server.credentials;
    const entries = [
      { tenantId: 'guid', clientId: 'guid', key: 'string', url: server.url, urlPrefix: 'v2.0/my' },
      { TenantId: tenantId, clientId, key: clientSecret, url: server.url, urlPrefix: 'v2.0/my' },
    ];
    await writeFile(join(folder, 'authconfig.json'), JSON.stringify(entries));
    assert.equal((await sdcm(folder, ['-list', 'product', '-server', '1'])).code, 0);
    const placeholder = await sdcm(folder, ['-list', 'product']);
    assert.equal(placeholder.code, shellCode('NO_DEV_CENTER_CREDENTIALS_FOUND'), placeholder.stdout);
    const wrong = await sdcm(server.directory, ['-list', 'product', '-creds', 'ENVOnly'], {
      ...variables,
      SDCM_CREDS_URL: 'http://127.0.0.1:9',
    });
    assert.equal(wrong.code, shellCode('PARTNER_CENTER_HTTP_EXCEPTION'), wrong.stdout);
    assert.ok(!wrong.stdout.includes(clientSecret) && !wrong.stderr.includes(clientSecret));
  });
});
