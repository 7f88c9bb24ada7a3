// Writes PackageInfo.xml in the shape that the kits are seen to write: values in attributes, lists in elements.
import type { HlkDriver, HlkPackageInfo, HlkProductInstance, HlkProject, HlkTarget } from './package-facts.ts';
import { documentText, element } from './xml-text.ts';

function list<Item>(name: string, items: readonly Item[], write: (item: Item) => string): string {
  return items.length === 0 ? '' : element(name, {}, items.map(write));
}

function named(item: string, attribute = 'Name'): (value: string) => string {
  return (value) => element(item, { [attribute]: value });
}

function driverText({ id, replacesId, operatingSystems, locales }: HlkDriver): string {
  return element('Driver', { Id: id, ReplacesId: replacesId }, [
    list('OperatingSystems', operatingSystems, ({ architecture, code }) =>
      element('OperatingSystem', { Architecture: architecture, Code: code }),
    ),
    list('Locales', locales, named('Locale')),
  ]);
}

function targetText({ key, driverStatus, name, type, drivers }: HlkTarget): string {
  const attributes = { Key: key, DriverStatus: driverStatus, Name: name, TargetType: type };
  return element('Target', attributes, drivers.map(driverText));
}

function instanceText(instance: HlkProductInstance): string {
  return element('ProductInstance', { Status: instance.status }, [
    ...instance.operatingSystems.map(({ architecture, codes }) =>
      element('OperatingSystem', { Architecture: architecture }, [list('Codes', codes, named('Code'))]),
    ),
    list('Features', instance.features, named('Feature', 'FullName')),
    list('ProductTypes', instance.productTypes, named('ProductType')),
    list('Targets', instance.targets, targetText),
  ]);
}

function projectText({ name, creationDate, productInstances, tests }: HlkProject): string {
  return element('Project', { Name: name, CreationDate: creationDate }, [
    list('ProductInstances', productInstances, instanceText),
    tests === undefined
      ? ''
      : element('TestRollup', {
          Passed: String(tests.passed),
          Failed: String(tests.failed),
          NotRun: String(tests.notRun),
        }),
  ]);
}

/** The bytes of PackageInfo.xml with these facts. */
export function writePackageInfo(info: HlkPackageInfo): Uint8Array {
  const flag = info.isWindowsDriverProject;
  const attributes = {
    Type: info.type,
    KitVersion: info.kitVersion,
    PackageVersion: info.packageVersion,
    PackageFormatVersion: info.packageFormatVersion,
    IsWindowsDriverProject: flag === undefined ? undefined : flag ? 'True' : 'False',
    CreationDate: info.creationDate,
    BuildBranch: info.buildBranch,
    FullBuildName: info.fullBuildName,
  };
  return documentText(element('Package', attributes, info.projects.map(projectText)));
}
