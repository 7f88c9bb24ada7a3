// What clients depend on at the URLs of packages.
import type { Behaviour } from '../behaviours.ts';

export const BLOBS = {
  'C-501': {
    sentence: 'A plain PUT with `x-ms-blob-type: BlockBlob` uploads, answered 201.',
    clients: ['streamToSpeaker', 'appSandbox', 'raveMate', 'nexus', 'dashboardApi', 'powershell'],
  },
  'C-502': {
    sentence: 'The body of an upload is taken as it is, whatever type is announced: octets, a zip, a form or nothing.',
    clients: ['streamToSpeaker', 'nexus', 'appSandbox', 'dashboardApi'],
  },
  'C-503': {
    sentence: '`If-None-Match: *` refuses a second upload with 409 and `BlobAlreadyExists`.',
    clients: ['p4vfs', 'windrvsign'],
  },
  'C-504': {
    sentence: 'Without that header an upload replaces the one before.',
    clients: ['sdcm2019', 'sdcm', 'library', 'nefarius'],
  },
  'C-505': {
    sentence: 'Blocks that are uploaded one by one become the package with the block list.',
    clients: ['sdcm2019', 'sdcm', 'library', 'nefarius', 'p4vfs', 'windrvsign'],
  },
  'C-506': { sentence: 'HEAD tells size and ETag before a download.', clients: ['sdcm2019'] },
  'C-507': {
    sentence: '`Range` and `x-ms-range` are answered 206 with Content-Range.',
    clients: ['sdcm', 'library', 'nefarius', 'p4vfs', 'windrvsign'],
  },
  'C-508': {
    sentence: 'A download needs no Authorization header, and one that is sent is ignored.',
    clients: ['streamToSpeaker', 'appSandbox', 'dashboardApi', 'powershell', 'wu'],
  },
  'C-509': {
    sentence: 'Download URLs carry `rscd` with `filename=`, a name of letters, digits, dots and underscores.',
    clients: ['p4vfs', 'powershell'],
  },
  'C-510': { sentence: '`rscd` is answered as Content-Disposition.', clients: ['powershell'] },
  'C-511': { sentence: 'URLs of packages hold no raw spaces.', clients: ['dashboardApi'] },
  'C-512': {
    sentence: 'Paths of packages have account, container and blob, as clients expect of a loopback address.',
    clients: ['windrvsign'],
  },
  'C-513': {
    sentence: 'Each reading of a submission gives URLs that have their whole validity ahead of them.',
    clients: ['sdcm', 'streamToSpeaker', 'nefarius'],
  },
  'C-514': { sentence: 'No time limit cuts off a slow upload.', clients: ['sdcm2019', 'wu', 'p4vfs'] },
} as const satisfies Readonly<Record<string, Behaviour>>;
