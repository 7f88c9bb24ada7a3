// Reads the form of a token request (RFC 6749 §4.4.2): each parameter once, with the errors that Entra ID gives.
import { EntraError } from './entra-errors.ts';
import { audienceOfResource, RESOURCE_FORMS, resourceOfScope } from './resource.ts';

/** Which of the two token endpoints is spoken: `/oauth2/token` or `/oauth2/v2.0/token`. */
export type TokenVersion = 'v1' | 'v2';

/** The parameter's only value; undefined when it is missing or empty. Throws EntraError when it is there twice. */
export function readParameter(form: URLSearchParams, name: string): string | undefined {
  const values = form.getAll(name);
  if (values.length > 1) throw new EntraError('malformedRequest', `The parameter '${name}' was sent more than once.`);
  return values[0]?.trim() || undefined;
}

/** The parameter's only value. Throws EntraError when it is missing, empty or there twice. */
export function requireParameter(form: URLSearchParams, name: string): string {
  const value = readParameter(form, name);
  if (value === undefined) {
    throw new EntraError('missingParameter', `The request body must contain the following parameter: '${name}'.`);
  }
  return value;
}

/** Throws EntraError for every grant but the one that is known here. */
export function requireGrantType(form: URLSearchParams): void {
  const grantType = requireParameter(form, 'grant_type');
  if (grantType !== 'client_credentials') {
    throw new EntraError(
      'unsupportedGrantType',
      `The app requested an unsupported grant type '${grantType.slice(0, 100)}'. Use 'client_credentials'.`,
    );
  }
}

/** The audience that the form asks for: `resource` on the v1 endpoint, `scope` on the v2 one; the other one is ignored. */
export function requireAudience(form: URLSearchParams, version: TokenVersion): string {
  const name = version === 'v1' ? 'resource' : 'scope';
  const asked = requireParameter(form, name);
  const resource = version === 'v1' ? asked : resourceOfScope(asked);
  if (resource === undefined) {
    throw new EntraError(
      'invalidScope',
      `The provided value for scope ${asked.slice(0, 200)} is not valid. Client credential flows must have one scope value with /.default suffixed to the resource identifier: ${RESOURCE_FORMS[0]}/.default`,
    );
  }
  const audience = audienceOfResource(resource);
  if (audience === undefined) {
    throw new EntraError(
      'unknownResource',
      `The resource principal named ${resource.slice(0, 200)} was not found in the tenant. Ask for ${RESOURCE_FORMS[0]}`,
    );
  }
  return audience;
}
