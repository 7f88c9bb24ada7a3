// What the corpus consists of: packages of public archives that carry real signatures, catalogs and hostile cabinets.

/** One archive to fetch. Nothing of it is part of this project; it is only read by tests. */
export interface CorpusPart {
  /** Folder that it is unpacked into, under the folder of the corpus. */
  readonly name: string;
  readonly from: 'debian' | 'debian-source' | 'npm';
  readonly packageName: string;
  /**
   * The version for which `sha256` holds. Debian replaces versions: another one is taken as it comes (apt has checked it
   * against the signed index) and named in the output. npm versions stay, and are asked for by number.
   */
  readonly version: string;
  /** SHA-256 of the archive: the .deb, the upstream tarball, the .tgz; lower-case hexadecimal. */
  readonly sha256: string;
  /** What to unpack, as patterns for tar; everything when absent. The first folder of a tarball is left out. */
  readonly keep?: readonly string[];
}

export const CORPUS_PARTS: readonly CorpusPart[] = [
  {
    name: 'shim-signed',
    from: 'debian',
    packageName: 'shim-signed',
    version: '1.51~1+deb12u1+16.1-2~deb12u1',
    sha256: 'c2acf5e559664bbadb7ce5789f9a321f39754a34854d3097b8cc0369df513b3b',
  },
  {
    name: 'shim-unsigned',
    from: 'debian',
    packageName: 'shim-unsigned',
    version: '16.1-2~deb12u1',
    sha256: '0e6bb35c8dfef3df78f623f90f676a53a9eb128e109802dc8471f0b30cb95191',
  },
  {
    name: 'shim-helpers',
    from: 'debian',
    packageName: 'shim-helpers-amd64-signed',
    version: '1+16.1+2~deb12u1',
    sha256: '26acac35133946c1642a09f3fda353ee3b849e5fc643fadb97a8dfec9e2b55fb',
  },
  {
    name: 'grub',
    from: 'debian',
    packageName: 'grub-efi-amd64-signed',
    version: '1+2.06+13+deb12u2',
    sha256: 'fbe2b28166a6dca8111bbf6a30d52d4781973c3a0440d8080f901e039b1f83f2',
  },
  {
    name: 'fwupd-signed',
    from: 'debian',
    packageName: 'fwupd-amd64-signed',
    version: '1:1.4+1',
    sha256: 'a661e04ac81e7e67c81adbe77a63bddb351b658c6e6c50ec88d79e92e140c109',
  },
  {
    name: 'fwupd-unsigned',
    from: 'debian',
    packageName: 'fwupd-unsigned',
    version: '1:1.4-1',
    sha256: 'd4dadad03ab434338dff69ba85275035acc08d371633023866886daeade8a989',
  },
  {
    name: 'gcab',
    from: 'debian',
    packageName: 'libgcab-tests',
    version: '1.5-1',
    sha256: 'f8f786eea5ce87cbaf52c273b3c1966ea4fe0a48429960389bf3ff3e71620ec1',
  },
  {
    name: 'libmspack',
    from: 'debian-source',
    packageName: 'libmspack',
    version: '0.11',
    sha256: '70dd1fb2f0aecc36791b71a1e1840e62173079eadaa081192d1c323a0eeea21b',
    keep: ['*/test/test_files/cabd/*'],
  },
  {
    name: 'osslsigncode',
    from: 'debian-source',
    packageName: 'osslsigncode',
    version: '2.5',
    sha256: '815a0e6dcc1cb327da0cbd22589269aae1191d278e3570cd6e4a7c12d9fabe92',
    keep: ['*/tests/files/*', '*/tests/sources/*'],
  },
  // A driver catalog that Inf2Cat made, signed by its vendor with a legacy time stamp, beside the files that it lists.
  {
    name: 'ghostscript',
    from: 'debian-source',
    packageName: 'ghostscript',
    version: '10.0.0~dfsg',
    sha256: '67a288151fd88f0d44e165429c48cc85d69b3e4d3765c95e60839a094bfb8df3',
    keep: ['*/lib/ghostpdf.*'],
  },
  // Programs that Microsoft signed, with its own time stamps.
  {
    name: 'node-pty',
    from: 'npm',
    packageName: 'node-pty',
    version: '1.1.0',
    sha256: 'c7517f19083ddcb05f276904680eb2b11a6b5ecab778b8e4e5685a6d645b3f60',
    keep: ['*/prebuilds/win32-*/conpty/*', '*/prebuilds/win32-*/winpty.dll'],
  },
  {
    name: 'vsce-sign',
    from: 'npm',
    packageName: '@vscode/vsce-sign-win32-x64',
    version: '2.0.6',
    sha256: '40b37323721d26b8de449f4283fab8056b3d669f15d3b4b0ab7b65d26e802484',
    keep: ['*/bin/*'],
  },
];
