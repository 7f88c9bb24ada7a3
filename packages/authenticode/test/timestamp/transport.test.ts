// The client over HTTP on this machine, against the authority here; and osslsigncode as the client of that authority.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  bytesSource,
  createTimestamper,
  encodePem,
  httpTimestampTransport,
  parseTimestampToken,
  pe,
  rewriteBytes,
  SigningError,
  signFile,
  TimestampTransportError,
  verifyTimestampToken,
} from '../../src/index.ts';
import { makePeImage } from '../pe-image.ts';
import { makeAuthority } from '../support/authority.ts';
import { hasTool, makeFolder, runTool } from '../support/external-tool.ts';
import { makeTimestampAuthority } from '../support/timestamp-authority.ts';
import { runBeside, sendReply, serveLoopback } from './loopback.ts';

const stamper = makeTimestampAuthority();
const message = Buffer.from('a signature value');

test('a request is posted and the answer read', async (t) => {
  const url = await serveLoopback(t, async (request, body, response) => {
    assert.equal(request.method, 'POST');
    assert.equal(request.headers['content-type'], 'application/timestamp-query');
    sendReply(response, await stamper.authority.respond(body));
  });
  const stamp = createTimestamper({ urls: [`${url}/timestamp`], send: httpTimestampTransport() });
  const verified = verifyTimestampToken(await stamp(message), { message, anchors: [stamper.root] });
  assert.deepEqual(verified.problems, []);
});

test('redirects are followed with the same body, and the type of the answer may be missing', async (t) => {
  const url = await serveLoopback(t, async ({ url: path = '' }, body, response) => {
    const hop = Number(path.slice(1));
    const status = [301, 302, 308][hop];
    if (status !== undefined) response.writeHead(status, { location: `/${hop + 1}` }).end('moved');
    else response.writeHead(200).end(await stamper.authority.respond(body));
  });
  const stamp = createTimestamper({ urls: [`${url}/0`], send: httpTimestampTransport() });
  parseTimestampToken(await stamp(message));
  const strict = createTimestamper({ urls: [`${url}/0`], send: httpTimestampTransport({ maximumRedirects: 2 }) });
  await assert.rejects(strict(message), /redirects more than 2 times/);
});

describe('what is refused', () => {
  const ask = (url: string, maximumBytes = 1024) =>
    httpTimestampTransport({ maximumBytes })(url, new Uint8Array(8), AbortSignal.timeout(10_000));
  const fails = (transient: boolean, message: RegExp) => (error: unknown) =>
    error instanceof TimestampTransportError && error.transient === transient && message.test(error.message);

  test('addresses that are not http or https, or carry a password', async () => {
    for (const url of ['file:///etc/hostname', 'ftp://one.test/', 'not an address', 'data:text/plain,a']) {
      await assert.rejects(ask(url), fails(false, /only http and https/));
    }
    await assert.rejects(ask('http://user:secret@one.test/'), fails(false, /^(?!.*secret).*password/));
  });

  test('a redirect to something else than http and https', async (t) => {
    const url = await serveLoopback(t, (_request, _body, response) => {
      response.writeHead(307, { location: 'file:///etc/hostname' }).end();
    });
    await assert.rejects(ask(url), fails(false, /only http and https/));
  });

  test('statuses, of which some are worth another attempt', async (t) => {
    const url = await serveLoopback(t, ({ url: path = '' }, _body, response) => {
      response.writeHead(Number(path.slice(1))).end();
    });
    for (const [status, transient] of [
      [400, false],
      [404, false],
      [303, false],
      [408, true],
      [429, true],
      [500, true],
      [503, true],
    ] as const) {
      await assert.rejects(ask(`${url}/${status}`), fails(transient, new RegExp(`HTTP status ${status}`)));
    }
  });

  test('a page for people, and an answer that does not end', async (t) => {
    const url = await serveLoopback(t, ({ url: path }, _body, response) => {
      if (path === '/page') {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>');
        return;
      }
      response.writeHead(200);
      const write = () => {
        while (response.write(new Uint8Array(256)));
      };
      response.on('drain', write);
      write();
    });
    await assert.rejects(ask(`${url}/page`), fails(false, /text\/html, so it is not a time-stamping authority/));
    await assert.rejects(ask(`${url}/endless`), fails(false, /longer than 1024 bytes/));
  });

  test('an authority that never answers, or is not there', async (t) => {
    const url = await serveLoopback(t, () => {});
    const options = { send: httpTimestampTransport(), attemptsPerUrl: 1, timeoutMs: 100 };
    const slow = createTimestamper({ ...options, urls: [url, 'http://127.0.0.1:1/'] });
    await assert.rejects(
      slow(message),
      (error) =>
        error instanceof SigningError &&
        error.code === 'timestamp-failed' &&
        /no answer within 100 ms; http:\/\/127\.0\.0\.1:1\/: /.test(error.message),
    );
  });
});

describe('with osslsigncode', () => {
  const signer = makeAuthority();
  const files = {
    'leaf.pem': encodePem('CERTIFICATE', signer.leaf.bytes) + encodePem('CERTIFICATE', signer.intermediate.bytes),
    'key.pem': signer.leafKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    'root.pem': encodePem('CERTIFICATE', signer.root.bytes),
    'stamp-root.pem': encodePem('CERTIFICATE', stamper.root.bytes),
    'stamper.pem': encodePem('CERTIFICATE', stamper.certificate.bytes) + encodePem('CERTIFICATE', stamper.root.bytes),
    'stamper-key.pem': stamper.certificateKeys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    'image.sys': makePeImage({ size: 4096, bits: 64 }),
  };
  const verify = ['verify', '-CAfile', 'root.pem', '-TSA-CAfile', 'stamp-root.pem', 'signed.sys'];
  const sign = ['sign', '-certs', 'leaf.pem', '-key', 'key.pem', '-in', 'image.sys', '-out', 'signed.sys'];

  /** The judgement about the one time stamp on the image. */
  async function verifyStamp(folder: string) {
    const [der] = await pe.readSignatures(bytesSource(readFileSync(join(folder, 'signed.sys'))));
    assert.ok(der);
    const { signatureValue, stamps } = pe.openSignature(der);
    const [stamp, ...others] = stamps;
    assert.ok(stamp?.kind === 'rfc3161' && others.length === 0);
    return verifyTimestampToken(stamp.bytes, { message: signatureValue, anchors: [stamper.root] });
  }

  test('it is stamped by the authority here, and both find the stamp good', async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    const url = await serveLoopback(t, async (_request, body, response) => {
      sendReply(response, await stamper.authority.respond(body));
    });
    const folder = makeFolder(t, files);
    const signed = await runBeside('osslsigncode', [...sign, '-ts', url], folder);
    assert.equal(signed.status, 0, signed.output);
    assert.match(runTool('osslsigncode', verify, folder).output, /Timestamp Server Signature verification: ok/);
    assert.deepEqual((await verifyStamp(folder)).problems, []);
  });

  test('it finds a stamp good that was put on an image here', async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    const source = bytesSource(files['image.sys']);
    const pieces = await signFile(source, { key: signer.key, timestamper: stamper.timestamper });
    const folder = makeFolder(t, { ...files, 'signed.sys': await rewriteBytes(source, pieces) });
    const { output } = runTool('osslsigncode', verify, folder);
    assert.match(output, /Timestamp Server Signature verification: ok/);
    assert.match(output, /Number of verified signatures: 1/);
  });

  test('a stamp by the authority that it has built in is good here', async (t) => {
    if (!hasTool(t, 'osslsigncode')) return;
    const folder = makeFolder(t, files);
    const signed = runTool(
      'osslsigncode',
      [...sign, '-TSA-certs', 'stamper.pem', '-TSA-key', 'stamper-key.pem'],
      folder,
    );
    if (/unknown option|Unknown option/.test(signed.output))
      return t.skip('this osslsigncode has no authority built in');
    assert.equal(signed.status, 0, signed.output);
    assert.deepEqual((await verifyStamp(folder)).problems, []);
  });
});
