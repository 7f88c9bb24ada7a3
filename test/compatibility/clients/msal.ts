// Gets a token with MSAL and prints it. Everything it needs to know is in ASSAY_CLIENT, as JSON.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfidentialClientApplication } from '@azure/msal-node';

const { authorityHost, tenantId, clientId, clientSecret, certificatePath, knownAuthorities } = JSON.parse(
  process.env.ASSAY_CLIENT ?? '{}',
);

function certificate(path: string) {
  const pem = readFileSync(path, 'utf8');
  const { raw } = new X509Certificate(pem);
  return { thumbprintSha256: createHash('sha256').update(raw).digest('hex'), privateKey: pem, x5c: pem };
}

const application = new ConfidentialClientApplication({
  auth: {
    clientId,
    authority: `${authorityHost}/${tenantId}`,
    ...(knownAuthorities === undefined ? {} : { knownAuthorities }),
    ...(certificatePath === undefined ? { clientSecret } : { clientCertificate: certificate(certificatePath) }),
  },
});
const answer = await application.acquireTokenByClientCredential({
  scopes: ['https://manage.devcenter.microsoft.com/.default'],
});
console.log(JSON.stringify({ token: answer?.accessToken }));
