// An authority of somebody else, on loopback: publishes its configuration and its keys, and issues what tokens a test wants.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

export type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'RS512';

interface AuthorityKey {
  readonly alg: Algorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export class ForeignAuthority {
  readonly issuer: string;
  readonly jwksUri: string;
  /** The keys that it publishes and signs with, by their id. */
  readonly keys = new Map<string, AuthorityKey>();
  /** How often its keys were fetched. */
  fetches = 0;
  /** What it answers instead, when set: a status, or a body that is no key set. */
  broken: { readonly status: number; readonly body: string } | undefined;
  /** What its configuration claims to be, when that is not the truth. */
  claimedIssuer: string | undefined;
  #listening: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#listening = server;
    const { port } = server.address() as AddressInfo;
    this.issuer = `http://127.0.0.1:${port}/tenant/v2.0`;
    this.jwksUri = `http://127.0.0.1:${port}/keys`;
  }

  static async start(t: TestContext): Promise<ForeignAuthority> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const authority = new ForeignAuthority(server);
    server.on('request', (request, response) => {
      response.setHeader('content-type', 'application/json');
      if (authority.broken !== undefined) {
        response.writeHead(authority.broken.status).end(authority.broken.body);
      } else if (request.url === '/tenant/v2.0/.well-known/openid-configuration') {
        const issuer = authority.claimedIssuer ?? authority.issuer;
        response.end(JSON.stringify({ issuer, jwks_uri: authority.jwksUri }));
      } else if (request.url === '/keys') {
        authority.fetches++;
        response.end(JSON.stringify({ keys: [...authority.keys.values()].map(({ jwk }) => jwk) }));
      } else {
        response.writeHead(404).end('{}');
      }
    });
    t.after(() => authority.stop());
    await authority.addKey('first');
    return authority;
  }

  async stop(): Promise<void> {
    if (!this.#listening.listening) return;
    this.#listening.closeAllConnections();
    this.#listening.close();
    await once(this.#listening, 'close');
  }

  async addKey(kid: string, alg: Algorithm = 'RS256'): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    this.keys.set(kid, { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } });
  }

  /** A token with these claims, signed with a key that need not be published any more. */
  async token(
    claims: Readonly<Record<string, unknown>>,
    { kid = 'first', key = this.keys.get(kid), typ = 'JWT' }: { kid?: string; key?: AuthorityKey; typ?: string } = {},
  ): Promise<string> {
    if (key === undefined) throw new Error(`there is no key ${kid}`);
    return new SignJWT({ iss: this.issuer, ...claims })
      .setProtectedHeader({ alg: key.alg, kid, typ })
      .sign(key.privateKey);
  }
}
