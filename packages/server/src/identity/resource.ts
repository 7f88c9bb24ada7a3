// The resource that tokens are issued for: Microsoft's name of the Hardware API, which real clients ask for by heart.

/** The forms in which clients write the resource; an access token's audience is the one that was asked for. */
export const RESOURCE_FORMS = [
  'https://manage.devcenter.microsoft.com',
  'https://manage.devcenter.microsoft.com/',
] as const;

const DEFAULT_SCOPE = '/.default';

/** Scopes that client libraries add on their own and that mean nothing for a token of an application. */
const RESERVED_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'offline_access', 'email']);

/** The audience for a v1 `resource`, or undefined when it is not ours. */
export function audienceOfResource(resource: string): string | undefined {
  const wanted = resource.toLowerCase();
  return RESOURCE_FORMS.find((form) => form === wanted);
}

/** The resource that a v2 `scope` names: the single scope that ends in `/.default`. Undefined when there is none such. */
export function resourceOfScope(scope: string): string | undefined {
  const named = scope.split(/\s+/).filter((part) => part !== '' && !RESERVED_SCOPES.has(part.toLowerCase()));
  const [only, ...others] = named;
  if (only === undefined || others.length > 0 || !only.toLowerCase().endsWith(DEFAULT_SCOPE)) return undefined;
  return only.slice(0, -DEFAULT_SCOPE.length);
}
