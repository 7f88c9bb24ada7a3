// Reads PackageInfo.xml. There is no public schema: real files are seen with values in attributes, and some tools write
// them as elements; lists are seen with an element around them. All of these are read, whatever their namespace, and what
// is not known is passed over. A value that is given twice is refused, because two readers could take different ones.
import { attributeOf, childElements, ParseError, parseXml, textOf, type XmlElement } from '@assay/authenticode';
import type {
  HlkDriver,
  HlkPackageInfo,
  HlkProductInstance,
  HlkProject,
  HlkTarget,
  HlkTestCounts,
} from './package-facts.ts';
import { sumTestCounts } from './package-facts.ts';

/** Largest PackageInfo.xml that is read, in bytes. */
export const MOST_PACKAGE_INFO_BYTES = 50 * 1024 ** 2;
/** What is known of has far less of both. */
export const MOST_DEPTH = 32;
export const MOST_ATTRIBUTES = 32;
const MOST_VALUE_CHARACTERS = 2048;
const MOST_TARGETS = 20_000;
/** Most tests that one number may count. */
const MOST_TESTS = 1_000_000_000;

function refuse(code: string, message: string): never {
  throw new ParseError('opc', code, `PackageInfo.xml: ${message}`);
}

function checkedValue(value: string, what: string): string {
  const trimmed = value.trim();
  if (trimmed.length > MOST_VALUE_CHARACTERS) {
    refuse('bad-package-info', `${what} has more than ${MOST_VALUE_CHARACTERS} characters`);
  }
  return trimmed;
}

function childrenNamed(element: XmlElement, local: string): XmlElement[] {
  return childElements(element).filter((child) => child.local === local);
}

/** The value in an attribute, or in an element of that name; undefined when it is absent or empty. */
function givenValue(element: XmlElement, name: string): string | undefined {
  const what = `${name} of ${element.local}`;
  const attribute = attributeOf(element, name);
  const given = childrenNamed(element, name).map(textOf);
  const values = new Set((attribute === undefined ? given : [attribute, ...given]).map((text) => text.trim()));
  if (values.size > 1) refuse('bad-package-info', `${what} is given more than once`);
  const [value] = values;
  return value === undefined || value === '' ? undefined : checkedValue(value, what);
}

/** The elements `item`, right inside `element` or inside elements `list` of it. */
function itemsOf(element: XmlElement, list: string, item: string): XmlElement[] {
  return childElements(element).flatMap((child) => {
    if (child.local === item) return [child];
    return child.local === list ? childrenNamed(child, item) : [];
  });
}

/** What each element of a list is called: in this attribute or element, or else its text. */
function namesOf(element: XmlElement, list: string, item: string, name: string): string[] {
  return itemsOf(element, list, item).flatMap((each) => {
    const value = givenValue(each, name) ?? checkedValue(textOf(each), `${item} of ${element.local}`);
    return value === '' ? [] : [value];
  });
}

function readCount(element: XmlElement, name: string): number {
  const text = givenValue(element, name) ?? '';
  const count = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  if (count > MOST_TESTS) refuse('bad-package-info', `${name} of ${element.local} is no number of tests: '${text}'`);
  return count;
}

function readTests(element: XmlElement): HlkTestCounts | undefined {
  const [rollup, ...others] = childrenNamed(element, 'TestRollup');
  if (rollup === undefined) return undefined;
  if (others.length > 0) refuse('bad-package-info', `${element.local} has more than one TestRollup`);
  return {
    passed: readCount(rollup, 'Passed'),
    failed: readCount(rollup, 'Failed'),
    notRun: readCount(rollup, 'NotRun'),
  };
}

function readDriver(element: XmlElement): HlkDriver {
  return {
    id: givenValue(element, 'Id'),
    replacesId: givenValue(element, 'ReplacesId'),
    operatingSystems: itemsOf(element, 'OperatingSystems', 'OperatingSystem').map((system) => ({
      architecture: givenValue(system, 'Architecture'),
      code: givenValue(system, 'Code'),
    })),
    locales: namesOf(element, 'Locales', 'Locale', 'Name'),
  };
}

function readTarget(element: XmlElement): HlkTarget {
  return {
    key: givenValue(element, 'Key'),
    name: givenValue(element, 'Name'),
    type: givenValue(element, 'TargetType'),
    driverStatus: givenValue(element, 'DriverStatus'),
    drivers: itemsOf(element, 'Drivers', 'Driver').map(readDriver),
  };
}

class PackageInfoReader {
  #targets = 0;

  #productInstance(element: XmlElement): HlkProductInstance {
    const targets = itemsOf(element, 'Targets', 'Target');
    this.#targets += targets.length;
    if (this.#targets > MOST_TARGETS) refuse('too-many-targets', `there are more than ${MOST_TARGETS} targets`);
    return {
      status: givenValue(element, 'Status'),
      operatingSystems: childrenNamed(element, 'OperatingSystem').map((system) => ({
        architecture: givenValue(system, 'Architecture'),
        codes: namesOf(system, 'Codes', 'Code', 'Name'),
      })),
      features: namesOf(element, 'Features', 'Feature', 'FullName'),
      productTypes: namesOf(element, 'ProductTypes', 'ProductType', 'Name'),
      targets: targets.map(readTarget),
    };
  }

  #project(element: XmlElement): HlkProject {
    const instances = itemsOf(element, 'ProductInstances', 'ProductInstance');
    return {
      name: givenValue(element, 'Name'),
      creationDate: givenValue(element, 'CreationDate'),
      productInstances: instances.map((instance) => this.#productInstance(instance)),
      tests: readTests(element) ?? sumTestCounts(instances.map(readTests)),
    };
  }

  read(root: XmlElement): HlkPackageInfo {
    const flag = givenValue(root, 'IsWindowsDriverProject')?.toLowerCase();
    return {
      type: givenValue(root, 'Type'),
      kitVersion: givenValue(root, 'KitVersion'),
      packageVersion: givenValue(root, 'PackageVersion'),
      packageFormatVersion: givenValue(root, 'PackageFormatVersion'),
      isWindowsDriverProject: flag === undefined ? undefined : flag === 'true' || flag === '1',
      creationDate: givenValue(root, 'CreationDate'),
      buildBranch: givenValue(root, 'BuildBranch'),
      fullBuildName: givenValue(root, 'FullBuildName'),
      projects: itemsOf(root, 'Projects', 'Project').map((project) => this.#project(project)),
    };
  }
}

/** Reads the description of a package. Throws ParseError `bad-package-info`, `too-many-targets`, and those of XML. */
export function readPackageInfo(bytes: Uint8Array): HlkPackageInfo {
  const { root } = parseXml(bytes, { bytes: MOST_PACKAGE_INFO_BYTES, depth: MOST_DEPTH, attributes: MOST_ATTRIBUTES });
  if (root.local !== 'Package') refuse('bad-package-info', `it describes no package: its root element is ${root.name}`);
  return new PackageInfoReader().read(root);
}
