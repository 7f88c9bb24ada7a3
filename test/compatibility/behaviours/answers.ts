// What clients depend on in the answers of the API.
import type { Behaviour } from '../behaviours.ts';

export const ANSWERS = {
  'C-301': { sentence: 'A product and a submission are made with status 201 exactly.', clients: ['windrvsign'] },
  'C-302': {
    sentence: 'A commit is answered 202 exactly, with an empty body on version 2.0.',
    clients: ['windrvsign'],
  },
  'C-303': {
    sentence: 'A commit on version 1.0 is answered with `{"commitStatus":"commitStarted"}`.',
    clients: ['dashboardApi'],
  },
  'C-304': {
    sentence: 'Lists are in `value`, with `links` that lead to the next page.',
    clients: ['sdcm2019', 'sdcm', 'library', 'nefarius', 'nexus'],
  },
  'C-305': { sentence: 'The assets of a preproduction package are a bare array.', clients: ['nefarius'] },
  'C-306': {
    sentence: 'Ids are bare JSON integers with all their digits, on every path.',
    clients: ['dashboardApi', 'windrvsign', 'streamToSpeaker', 'appSandbox', 'sdcm2019', 'wu'],
  },
  'C-307': {
    sentence: 'Property names are written in lower camel case exactly.',
    clients: ['sdcm', 'library', 'nefarius', 'windrvsign', 'streamToSpeaker', 'wu', 'dashboardApi'],
  },
  'C-308': {
    sentence: '`currentStep` is lower-camel-case text.',
    clients: ['sdcm', 'windrvsign', 'nexus'],
  },
  'C-309': {
    sentence: '`state` is written `failed` and `completed` exactly.',
    clients: ['sdcm', 'windrvsign', 'streamToSpeaker', 'dashboardApi'],
  },
  'C-310': {
    sentence: '`commitStatus` is there from the start, and reads `commitComplete` after the commit.',
    clients: ['p4vfs', 'streamToSpeaker', 'nefarius', 'sdcm2019', 'sdcm'],
  },
  'C-311': {
    sentence:
      '`workflowStatus` with `currentStep`, `state` and a list of `messages` is in every answer about a submission.',
    clients: ['windrvsign', 'sdcm', 'appSandbox', 'library', 'nefarius'],
  },
  'C-312': {
    sentence: '`errorReport` is absent or the URL of a report, never empty text.',
    clients: ['sdcm'],
  },
  'C-313': {
    sentence:
      '`downloads.items` is there before the commit, in the answer that makes the submission, and its first item is the upload URL.',
    clients: ['sdcm', 'p4vfs', 'windrvsign', 'nexus'],
  },
  'C-314': {
    sentence: '`completed` is shown at `finalizeIngestion` only, and in the same answer as the `signedPackage`.',
    clients: ['windrvsign', 'dashboardApi', 'p4vfs', 'appSandbox'],
  },
  'C-316': {
    sentence: 'A finished submission has `driverMetadata`, whose keys are in Pascal case.',
    clients: ['sdcm', 'wu'],
  },
  'C-317': { sentence: '`requestedSignatures` is always a list.', clients: ['sdcm'] },
  'C-318': {
    sentence: 'The lists of a label’s `targeting` and `affectedOems` are never null.',
    clients: ['sdcm'],
  },
  'C-319': {
    sentence: '`visibleToAccounts` is written as integers, also when strings were sent.',
    clients: ['library', 'wu'],
  },
  'C-320': {
    sentence: 'No property is null: what there is nothing to say about is absent.',
    clients: ['sdcm', 'library', 'nefarius'],
  },
} as const satisfies Readonly<Record<string, Behaviour>>;
