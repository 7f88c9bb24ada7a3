// What clients depend on in how paths, headers and bodies are read.
import type { Behaviour } from '../behaviours.ts';

export const REQUESTS = {
  'C-201': { sentence: 'The API is mounted at the root of the host.', clients: ['sdcm', 'library'] },
  'C-202': {
    sentence: 'A trailing slash changes nothing, and no redirect is answered.',
    clients: ['windrvsign', 'nefarius', 'powershell'],
  },
  'C-203': {
    sentence: 'A preproduction package is submitted with or without a trailing slash, with or without a Content-Type.',
    clients: ['samples', 'nefarius'],
  },
  'C-204': { sentence: 'The older paths serve the same resources.', clients: ['dashboardApi'] },
  'C-205': {
    sentence: 'Audiences are listed at `audiences` and at `audience`.',
    clients: ['sdcm', 'library', 'nefarius'],
  },
  'C-206': {
    sentence: 'The look-up of shared submissions answers at the misspelt path that clients use, and at the right one.',
    clients: ['sdcm', 'library', 'nefarius'],
  },
  'C-207': {
    sentence: '`includeTargetingInfo=true` adds the targeting to a shipping label, which is left out otherwise.',
    clients: ['sdcm', 'library', 'nefarius'],
  },
  'C-208': { sentence: 'A shipping label is cancelled by a PUT without body and type.', clients: ['library'] },
  'C-209': { sentence: 'Property names of a request are read without case.', clients: ['p4vfs', 'raveMate', 'nexus'] },
  'C-210': {
    sentence: 'Values of enumerations are read without case.',
    clients: ['p4vfs', 'streamToSpeaker', 'nexus'],
  },
  'C-211': { sentence: 'Unknown properties are ignored.', clients: ['raveMate', 'sdcm2019', 'p4vfs'] },
  'C-212': {
    sentence: '`announcementDate` and `firmwareVersion` of a new product may be missing.',
    clients: ['streamToSpeaker'],
  },
  'C-213': {
    sentence: '`selectedProductTypes` of a new product may be empty or missing.',
    clients: ['streamToSpeaker', 'virtio'],
  },
  'C-214': { sentence: 'Null members, also inside `additionalAttributes`, count as absent.', clients: ['p4vfs'] },
  'C-215': {
    sentence: 'Dates are read without a zone, as .NET writes them for a US culture, and empty where they are optional.',
    clients: ['appSandbox', 'p4vfs', 'wu'],
  },
  'C-216': { sentence: 'A Content-Type on a GET is ignored.', clients: ['nexus'] },
  'C-217': {
    sentence: 'A commit needs neither body nor Content-Type.',
    clients: ['p4vfs', 'windrvsign', 'streamToSpeaker', 'dashboardApi'],
  },
  'C-218': { sentence: 'A commit may carry `{}`.', clients: ['sdcm2019', 'sdcm', 'library', 'raveMate'] },
  'C-219': { sentence: 'A commit may announce JSON and send nothing.', clients: ['appSandbox'] },
  'C-220': { sentence: 'A commit that announces a form is answered 415.', clients: ['appSandbox'] },
  'C-221': {
    sentence: '`MS-CorrelationId` and `MS-RequestId` come back as they were sent, and are made where they were not.',
    clients: ['sdcm2019', 'sdcm', 'library', 'p4vfs'],
  },
  'C-222': {
    sentence: 'A product and a submission are updated by PATCH with the properties that change, answered 204.',
    clients: ['samples'],
  },
  'C-223': { sentence: 'A shipping label is updated by PATCH, answered 204.', clients: ['samples'] },
  'C-224': {
    sentence: 'Driver metadata is asked for by a POST with `{}`, answered 202 with an empty body.',
    clients: ['sdcm2019', 'sdcm', 'library'],
  },
} as const satisfies Readonly<Record<string, Behaviour>>;
