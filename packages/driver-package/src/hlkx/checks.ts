// What an HLK package must be to be taken: it holds drivers that can be read, its tests have passed, and it comes from the kit
// that the product was made for.
import type { Finding } from '../finding.ts';
import type { HardwareKit } from './kit.ts';
import type { HlkTestCounts } from './package-facts.ts';

/** The rule that a package holds drivers in a way that can be read. */
export function checkHlkxDrivers(driverFiles: readonly unknown[]): Finding[] {
  if (driverFiles.length > 0) return [];
  return [
    {
      rule: 'hlk-package-holds-drivers',
      severity: 'error',
      summary: 'The package holds no driver files that can be read.',
      explanation:
        'How the HLK and the HCK encode drivers in a package is not public, so drivers cannot be taken from the parts that they wrote. They are read from parts named drivers/<folder>/<file>, a convention of this service.',
      remedy:
        'Add each driver as a folder below "drivers" to the package and sign the package again; the guide "HLK packages" says how. Or submit the drivers in a cabinet.',
    },
  ];
}

/** The rules about results: no test may have failed; tests that were not run, and results that are missing, are told. */
export function checkHlkResults(tests: HlkTestCounts | undefined): Finding[] {
  if (tests === undefined) {
    return [
      {
        rule: 'hlk-results-are-there',
        severity: 'warning',
        summary: 'The package tells no test results.',
        explanation: 'Without results nothing says that the drivers were tested.',
        remedy: 'Make the package in the studio of the kit from a project whose tests were run.',
      },
    ];
  }
  const { passed, failed, notRun } = tests;
  const findings: Finding[] = [];
  if (failed > 0) {
    findings.push({
      rule: 'hlk-tests-passed',
      severity: 'error',
      summary: `${failed} of the tests in the package failed; ${passed} passed and ${notRun} were not run.`,
      explanation: 'Drivers are certified on the results in the package, and a failed test is not certified.',
      remedy:
        'Mend the driver or apply the filters and errata that cover the failures, run the tests again, and make the package again.',
    });
  }
  if (notRun > 0) {
    findings.push({
      rule: 'hlk-tests-were-run',
      severity: 'warning',
      summary: `${notRun} of the tests in the package were not run; ${passed} passed and ${failed} failed.`,
      explanation: 'Some tests may be left out with good reason; whether these may, the package does not tell.',
      remedy: 'Run them, or say in the package why they are left out.',
    });
  }
  return findings;
}

const KIT_TITLES: Readonly<Record<HardwareKit, string>> = { hlk: 'HLK', hck: 'HCK', unknown: 'unknown' };

/** The rule that a package comes from the kit that its product names as test harness. Older kits may not say what they are. */
export function checkKit(kit: HardwareKit, testHarness: 'hlk' | 'hck', kitVersion: string | undefined): Finding[] {
  if (kit === 'unknown' || kit === testHarness) return [];
  const version = kitVersion === undefined ? '' : ` (kit version ${kitVersion})`;
  return [
    {
      rule: 'kit-matches-test-harness',
      severity: 'error',
      summary: `The package comes from the ${KIT_TITLES[kit]}${version}, and the test harness of the product is ${testHarness}.`,
      explanation: 'The test harness of a product says which kit its packages are tested with.',
      remedy: `Submit a package of the ${KIT_TITLES[testHarness]}, or make a product with the test harness ${kit} for this one.`,
    },
  ];
}
