// Operating-system family codes: the keys of `selectedProductTypes`. From "List of operating system family codes" on
// Microsoft's page "Get product data" (`current`) and from the version 1.0 reference where it has more.

export interface OperatingSystemFamily {
  readonly code: string;
  readonly description: string;
  readonly server: boolean;
  readonly source: 'current' | 'version 1.0';
  readonly status: 'documented' | 'observed';
}

export const OPERATING_SYSTEM_FAMILIES: readonly OperatingSystemFamily[] = [
  { code: 'WindowsMe', description: 'Windows Me', server: false, source: 'current', status: 'documented' },
  { code: 'Windows2000', description: 'Windows 2000', server: false, source: 'current', status: 'documented' },
  { code: 'Windows98', description: 'Windows 98', server: false, source: 'current', status: 'documented' },
  { code: 'WindowsNT40', description: 'Windows NT 4.0', server: false, source: 'current', status: 'documented' },
  { code: 'WindowsXP', description: 'Windows XP', server: false, source: 'current', status: 'documented' },
  {
    code: 'WindowsServer2003',
    description: 'Windows Server 2003',
    server: true,
    source: 'current',
    status: 'documented',
  },
  { code: 'WindowsVista', description: 'Windows Vista', server: false, source: 'current', status: 'documented' },
  {
    code: 'Windows2008Server',
    description: 'Windows Server 2008',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'WindowsHomeServer',
    description: 'Windows Home Server',
    server: true,
    source: 'current',
    status: 'documented',
  },
  { code: 'Windows7', description: 'Windows 7', server: false, source: 'current', status: 'documented' },
  {
    code: 'Windows2008ServerR2',
    description: 'Windows Server 2008 Release 2',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'WindowsServerSolutions',
    description: 'Windows Server Solutions',
    server: true,
    source: 'current',
    status: 'documented',
  },
  { code: 'Windows8', description: 'Windows 8', server: false, source: 'current', status: 'documented' },
  { code: 'Windows8Server', description: 'Windows Server 2012', server: true, source: 'current', status: 'documented' },
  { code: 'Windows81', description: 'Windows 8.1', server: false, source: 'current', status: 'documented' },
  {
    code: 'Windows81Server',
    description: 'Windows Server 2012 R2',
    server: true,
    source: 'current',
    status: 'documented',
  },
  { code: 'Windows_v100', description: 'Windows 10 Threshold', server: false, source: 'current', status: 'documented' },
  {
    code: 'Windows_v100Server',
    description: 'Windows Server Threshold',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_RS1',
    description: 'Windows 10 Anniversary Update',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100Server_RS1',
    description: 'Windows Server 2016',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_RS2',
    description: 'Windows 10 RS2 Update',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100Server_RS2',
    description: 'Windows Server RS2',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_RS3',
    description: 'Windows 10 RS3 Update',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100Server_RS3',
    description: 'Windows Server RS3',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_RS4',
    description: 'Windows 10 RS4 Update',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100Server_RS5',
    description: 'Windows Server 2019',
    server: true,
    source: 'current',
    status: 'documented',
  },
  { code: 'Windows_v100_RS5', description: 'Windows 10 RS5', server: false, source: 'current', status: 'documented' },
  {
    code: 'Windows_v100_19H1',
    description: 'Windows 10 19H1 Update',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_VB',
    description: 'Windows 10 version 2004',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100Server_FE',
    description: 'Windows - Server, version 21H2',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_CO',
    description: 'Windows - Client, version 21H2',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_NI',
    description: 'Windows 11 Client, version 22H2',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_GE',
    description: 'Windows 11 Client, version 24H2',
    server: false,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100Server_GE',
    description: 'Windows Server 2025',
    server: true,
    source: 'current',
    status: 'documented',
  },
  {
    code: 'Windows_v100_TH1',
    description: 'Windows Threshold 1',
    server: false,
    source: 'version 1.0',
    status: 'documented',
  },
  {
    code: 'Windows_v100_TH2',
    description: 'Windows Threshold 2',
    server: false,
    source: 'version 1.0',
    status: 'documented',
  },
  {
    code: 'WINDOWS_v100_ARM64_RS3_FULL_PRE_RELEASE_CLOUD',
    description: 'Windows 10 RS3 Update',
    server: false,
    source: 'version 1.0',
    status: 'documented',
  },
];

const byCode = new Map(OPERATING_SYSTEM_FAMILIES.map((family) => [family.code.toLowerCase(), family]));

/** The family with this code, compared without case. */
export function findOperatingSystemFamily(code: string): OperatingSystemFamily | undefined {
  return byCode.get(code.toLowerCase());
}
