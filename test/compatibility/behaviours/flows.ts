// Whole flows through the libraries and tools that real clients are made of, and what they wait for.
import type { Behaviour } from '../behaviours.ts';

export const FLOWS = {
  'C-601': {
    sentence: 'Python with requests and azure-storage-blob signs a driver from the token to the signed package.',
    clients: ['windrvsign'],
  },
  'C-602': {
    sentence: 'curl signs a driver from the token to the signed package.',
    clients: ['samples', 'appSandbox'],
  },
  'C-603': {
    sentence: '`@azure/storage-blob` uploads a package in blocks and downloads it in ranges.',
    clients: ['sdcm', 'library', 'nefarius', 'p4vfs'],
  },
  'C-604': {
    sentence: '`@azure/identity` gets a token with a client secret.',
    clients: ['sdcm', 'library', 'nefarius'],
  },
  'C-605': {
    sentence: '`@azure/identity` gets a token with a certificate.',
    clients: ['library'],
  },
  'C-606': { sentence: '`@azure/msal-node` gets a token with a client secret.', clients: ['library'] },
  'C-607': { sentence: '`@azure/msal-node` gets a token with a certificate.', clients: ['library', 'p4vfs'] },
  'C-608': {
    sentence: 'Every known way of waiting for a submission ends in success with the signed package at hand.',
    clients: [
      'sdcm2019',
      'sdcm',
      'nefarius',
      'p4vfs',
      'windrvsign',
      'streamToSpeaker',
      'appSandbox',
      'raveMate',
      'nexus',
      'dashboardApi',
    ],
  },
  'C-609': {
    sentence: 'Every known way of waiting for a shipping label ends in success.',
    clients: ['sdcm', 'nefarius'],
  },
} as const satisfies Readonly<Record<string, Behaviour>>;
