// Gets a token with @azure/identity and prints it. Everything it needs to know is in ASSAY_CLIENT, as JSON.
import { ClientCertificateCredential, ClientSecretCredential } from '@azure/identity';

const { authorityHost, tenantId, clientId, clientSecret, certificatePath, disableInstanceDiscovery } = JSON.parse(
  process.env.ASSAY_CLIENT ?? '{}',
);
const options = {
  authorityHost,
  disableInstanceDiscovery,
  sendCertificateChain: true,
  retryOptions: { maxRetries: 0 },
};
const credential =
  certificatePath === undefined
    ? new ClientSecretCredential(tenantId, clientId, clientSecret, options)
    : new ClientCertificateCredential(tenantId, clientId, { certificatePath }, options);
const { token, expiresOnTimestamp } = await credential.getToken('https://manage.devcenter.microsoft.com/.default');
console.log(JSON.stringify({ token, expiresOnTimestamp }));
