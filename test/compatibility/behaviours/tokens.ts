// What clients depend on when they get and use a token.
import type { Behaviour } from '../behaviours.ts';

export const TOKENS = {
  'C-101': {
    sentence: 'The version 1 token endpoint issues a token for a `resource`.',
    clients: ['sdcm2019', 'p4vfs', 'windrvsign', 'streamToSpeaker', 'appSandbox', 'raveMate', 'wu', 'dashboardApi'],
  },
  'C-102': {
    sentence: 'The version 2 token endpoint issues a token for a `scope` that ends in `/.default`.',
    clients: ['sdcm', 'library', 'nefarius', 'powershell'],
  },
  'C-103': { sentence: 'A token request may name both `scope` and `resource`.', clients: ['powershell'] },
  'C-104': {
    sentence: 'The form of a token request is read although no Content-Type announces it.',
    clients: ['windrvsign'],
  },
  'C-105': {
    sentence: 'Characters that a form should encode (`:`, `/`, `~`) are taken as they are.',
    clients: ['windrvsign'],
  },
  'C-106': {
    sentence:
      'An application proves itself by an assertion signed with the key of its certificate, sent with `x5c` too.',
    clients: ['p4vfs', 'library'],
  },
  'C-107': { sentence: 'A token comes with status 200 exactly.', clients: ['windrvsign'] },
  'C-108': {
    sentence: 'The answer has `access_token` and a `token_type` of which the Authorization header can be made.',
    clients: ['dashboardApi', 'sdcm', 'windrvsign'],
  },
  'C-109': {
    sentence:
      '`expires_in` and `expires_on` are strings of digits on the version 1 endpoint; `expires_in` is a number on version 2.',
    clients: ['p4vfs', 'dashboardApi'],
  },
  'C-110': {
    sentence:
      'A token works for sixty minutes; afterwards the answer is 401 with a `WWW-Authenticate: Bearer` challenge.',
    clients: ['sdcm2019', 'sdcm', 'library', 'appSandbox'],
  },
  'C-111': {
    sentence: 'Instance discovery and the OpenID configuration vouch for the authority under its own host.',
    clients: ['sdcm', 'library', 'nefarius'],
  },
  'C-112': {
    sentence: 'The authentication scheme is read without case (`bearer`).',
    clients: ['samples', 'dashboardApi'],
  },
  'C-113': {
    sentence: 'Behind a proxy, links, package URLs and discovery name the public address that is configured.',
    clients: ['sdcm2019', 'library', 'windrvsign', 'streamToSpeaker', 'appSandbox', 'raveMate', 'wu', 'powershell'],
  },
} as const satisfies Readonly<Record<string, Behaviour>>;
