// The audiences that every account has without making any. The first is the one of Microsoft's page "Get audience data":
// machines on which a driver developer set a registry key.
import type { Audience } from '@assay/hardware-api';

export const BUILT_IN_AUDIENCES: readonly Audience[] = [
  {
    id: '9f4f44d8-bfec-48c6-a02c-2d9ea220f6e2',
    name: 'Test Registry Key',
    description:
      'Matches machines that have the following registry key: HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\Test Drivers - use at own risk',
    audienceName: 'Test_Registry_Key',
  },
];
