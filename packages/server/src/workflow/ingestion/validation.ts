// Step 4: reads the INF files and holds each driver against the rules and against the signatures that were asked for; of an
// HLK package, the test results too.
import { checkHlkResults, type Finding, type InfKinds } from '@assay/driver-package';
import type { CodeTables, OperatingSystem } from '@assay/hardware-api';
import type { DescribeAnswer } from '../../inspector/protocol.ts';
import type { Step } from '../workflow.ts';
import { errorMessages, refusal } from './finding-messages.ts';
import type { StepServices } from './ingestion-services.ts';
import { type PackageInfo, packageFault } from './package-info-validation.ts';
import type { Inventory } from './preparation.ts';
import { linkInto, openStaging } from './staging.ts';

/** What the drivers are, and the codes of the systems that each is signed for. */
export interface DescribedDrivers extends Pick<DescribeAnswer, 'drivers'> {
  /** What the rules found that stops nothing; absent when an earlier release validated the package. */
  readonly notes?: readonly Finding[];
}

/** Notes that are kept: they are for the certification report. */
const MOST_NOTES = 200;

const SUPPORTED_SOURCES: ReadonlySet<OperatingSystem['source']> = new Set(['current', 'configuration']);

/** What a package is signed for that asks for no systems: the documented releases of Windows 10, 11 and their servers. */
function supportableSystems(codes: CodeTables): readonly OperatingSystem[] {
  return codes.operatingSystems.filter(
    ({ source, status, version }) => SUPPORTED_SOURCES.has(source) && status === 'documented' && version.major === 10,
  );
}

const NO_SYSTEM =
  'The INF files install nothing on any version of Windows 10, Windows 11 or their servers. Add a section for such a system to [Manufacturer], for example NTamd64.';

export function validation(services: StepServices): Step {
  const { inspector, subjects, codes, clock } = services;
  return {
    name: 'validation',
    async run(context) {
      const { operatingSystems: wanted } = await subjects.load(context.subjectId);
      const inventory = context.output<Inventory>('preparation');
      // A package that was examined by a release before this one has no such entry.
      const hlk = context.output<Partial<PackageInfo>>('packageInfoValidation').hlk ?? undefined;
      const session = await inspector.open(context.subjectId);
      const staging = await openStaging(services.workDirectory, context.subjectId);
      const files = [];
      for (const file of inventory.files) {
        const isInf = /\.inf$/i.test(file.path);
        files.push({
          path: file.path,
          size: file.size,
          machine: file.image?.machine,
          file: isInf ? await linkInto(staging.path(file.sha256), session.input, `${file.sha256}.inf`) : undefined,
        });
      }
      const systems =
        wanted === 'supported'
          ? supportableSystems(codes)
          : wanted.flatMap((code) => codes.findOperatingSystem(code) ?? []);
      let answer: DescribeAnswer;
      try {
        answer = await session.ask<'describe'>(
          {
            operation: 'describe',
            files,
            operatingSystems: systems.map(({ code, architecture, version }) => ({ code, architecture, version })),
            onlySupported: wanted === 'supported',
            at: clock().getTime(),
            limits: services.limits,
          },
          context.signal,
        );
      } catch (error) {
        return packageFault(error, context);
      }
      const results = hlk === undefined ? [] : checkHlkResults(hlk.tests ?? undefined);
      const findings = [...results, ...answer.findings];
      const messages = errorMessages(findings);
      if (messages.length > 0) return refusal(messages, findings);
      const offered = new Set(systems.map(({ code }) => code));
      for (const { folder, operatingSystems } of answer.drivers) {
        if (!operatingSystems.every((code) => offered.has(code))) {
          throw new Error('the inspector named a system that it was not asked about');
        }
        if (wanted === 'supported' && operatingSystems.length === 0) {
          return { kind: 'failed', messages: [`${folder}: ${NO_SYSTEM}`] };
        }
      }
      const { isExtensionInf, isUniversal, isDeclarativeInf } = answer.kinds;
      const kinds: InfKinds = { isExtensionInf, isUniversal, isDeclarativeInf };
      const output: DescribedDrivers = { drivers: answer.drivers, notes: findings.slice(0, MOST_NOTES) };
      return {
        kind: 'completed',
        output: JSON.parse(JSON.stringify(output)),
        apply: async (transaction) => {
          if (hlk !== undefined) await subjects.tested?.(transaction, context.subjectId, hlk);
          await subjects.described?.(transaction, context.subjectId, kinds);
        },
      };
    },
  };
}
