// Under which paths the Hardware API listens, and which version of it each one speaks.
import type { ApiVersion } from '@assay/hardware-api';

/** One way in; the links in an answer use the prefix that the caller used. */
export interface ApiPrefix {
  readonly path: string;
  readonly version: ApiVersion;
}

/** The current form, and the older ones that the version 1.0 reference and its samples use. */
export const API_PREFIXES: readonly ApiPrefix[] = [
  { path: '/v2.0/my/hardware', version: 'v2.0' },
  { path: '/v1.0/my/hardware', version: 'v1.0' },
  { path: '/api/v1.0/my/hardware', version: 'v1.0' },
  { path: '/api/v1.0/hardware', version: 'v1.0' },
  { path: '/api/v1/hardware', version: 'v1.0' },
];

/** The version whose spelling an error on this URL uses: that of the prefix, v2.0 for everything else. */
export function versionOfUrl(url: string): ApiVersion {
  const path = url.toLowerCase();
  return API_PREFIXES.find((prefix) => path.startsWith(`${prefix.path}/`))?.version ?? 'v2.0';
}
