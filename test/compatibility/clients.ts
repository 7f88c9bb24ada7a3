// The clients in the field whose public sources or issue threads show what they depend on.
export const CLIENTS = {
  sdcm2019: 'SDCM (2019)',
  sdcm: 'SDCM',
  library: 'HardwareDevCenterManager library',
  nefarius: 'nefarius/SDCM',
  p4vfs: 'microsoft/p4vfs',
  windrvsign: 'AlazarTech windrvsign',
  streamToSpeaker: 'StreamToSpeaker',
  appSandbox: 'AppSandbox',
  raveMate: 'rave-mate',
  nexus: 'Nexus WFP agent',
  wu: 'platformlabs WU tools',
  dashboardApi: 'MsDashboardAPI',
  powershell: 'PowerShell module (derived packages)',
  virtio: 'virtio hw_submission_automation',
  samples: "samples of Microsoft's documentation",
} as const;

export type Client = keyof typeof CLIENTS;
