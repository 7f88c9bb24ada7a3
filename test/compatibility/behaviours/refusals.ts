// What clients depend on in the answers that refuse.
import type { Behaviour } from '../behaviours.ts';

export const REFUSALS = {
  'C-401': {
    sentence: 'A refusal has `error` with `code`, `message` and `validationErrors`, one for each fault.',
    clients: ['sdcm2019', 'sdcm', 'library', 'nefarius', 'appSandbox'],
  },
  'C-402': {
    sentence: '`httpErrorCode` is the HTTP status, at the top and in `error`, never 0.',
    clients: ['sdcm2019', 'sdcm', 'library'],
  },
  'C-403': { sentence: '`statusCode` at the top is text.', clients: ['library'] },
  'C-404': { sentence: 'What does not exist is 404 with the code `entityNotFound`.', clients: ['sdcm', 'nefarius'] },
  'C-405': {
    sentence:
      'A second commit is refused with `requestInvalidForCurrentState` and “Only pending submissions can be committed.”, and reading the submission shows that the first one counted.',
    clients: ['sdcm2019', 'sdcm', 'library', 'nefarius', 'streamToSpeaker'],
  },
  'C-406': {
    sentence: 'A second initial submission is refused with “Initial submission already exists”.',
    clients: ['sdcm'],
  },
  'C-407': { sentence: 'An application without the role that a method needs is answered 403.', clients: ['nefarius'] },
  'C-408': {
    sentence: 'Beyond the quota the answer is 429 with `Retry-After`, and the call works after that time.',
    clients: ['sdcm', 'library', 'nefarius', 'appSandbox'],
  },
  'C-409': {
    sentence: 'On version 1.0 paths codes begin with a capital.',
    clients: ['dashboardApi'],
  },
  'C-410': {
    sentence: 'A package that is refused shows `commitFailed` or a step that `failed`, with messages that say why.',
    clients: ['sdcm', 'p4vfs', 'windrvsign', 'streamToSpeaker', 'raveMate', 'nexus'],
  },
} as const satisfies Readonly<Record<string, Behaviour>>;
