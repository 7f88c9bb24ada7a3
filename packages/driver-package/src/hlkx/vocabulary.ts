// Names that HLK and HCK packages use, and those of this project's own convention for driver files.

/** Relationship types end in what the part is; real packages also carry them with this misspelling. */
const RELATIONSHIP_TYPE = /^http:\/\/microsoft\.com\/(?:schemas|shcemas)\/windows\/kits\/hardware\/2010\/(.+)$/;

/** The last part of a kit's relationship type, in lower case; undefined for any other type. */
export function kitRelationship(type: string): string | undefined {
  return RELATIONSHIP_TYPE.exec(type)?.[1]?.toLowerCase();
}

export const PACKAGE_INFO_TYPE = 'http://microsoft.com/schemas/windows/kits/hardware/2010/packageinfo';
export const PACKAGE_INFO_NAME = '/hck/data/PackageInfo.xml';

/** Driver files are the parts below this one. A convention of this project: that of the kits is not public. */
export const DRIVERS_FOLDER = '/drivers/';
export const DRIVER_MEDIA_TYPE = 'application/octet-stream';

/** Media types of signatures and relationships begin so. What they are for is not covered as bytes by a signature. */
export const OPC_MEDIA_TYPE = /^application\/vnd\.openxmlformats-package\./i;
export const RELATIONSHIPS_MEDIA_TYPE = 'application/vnd.openxmlformats-package.relationships+xml';

/** The type of a shell for derived submissions, in its PackageInfo.xml. A convention of this project, as is the part below. */
export const SHELL_TYPE = 'DriverUpdatePackage';
/** The part that says whose shell a package was made from. */
export const SHELL_NAME = '/assay/shell.xml';
