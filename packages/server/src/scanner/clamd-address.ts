// Where a clamd listens: tcp://HOST:PORT or unix:/PATH.

export type ClamdAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Text that is not the address of a scanner. The message says what is. */
export class ScannerAddressError extends Error {
  override readonly name = 'ScannerAddressError';
}

const UNIX = /^unix:(?:\/\/)?(\/[^\0]+)$/;
/** A host name, an IPv4 address, or an IPv6 address in brackets; and a port. Nothing else: no user, path or query. */
const TCP = /^tcp:\/\/(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):([0-9]{1,5})$/i;
const HIGHEST_PORT = 65_535;

/** Throws ScannerAddressError. */
export function parseClamdAddress(text: string): ClamdAddress {
  const path = UNIX.exec(text)?.[1];
  if (path !== undefined) return { kind: 'unix', path };
  const [, ipv6, name, digits] = TCP.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  if (host === undefined || !(port >= 1 && port <= HIGHEST_PORT)) {
    throw new ScannerAddressError(
      `"${text}" is not the address of a scanner. Write tcp://HOST:PORT, or unix:/PATH with the absolute path of the socket.`,
    );
  }
  return { kind: 'tcp', host, port };
}
