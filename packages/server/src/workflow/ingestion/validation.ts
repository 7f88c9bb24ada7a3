// Step 4: reads the INF files and holds each driver against the rules and against the signatures that were asked for.
import { findOperatingSystem } from '@assay/hardware-api';
import type { DescribeAnswer, DescribedInf } from '../../inspector/protocol.ts';
import { loadIngestionSubject, updateProductExtension, updateProgress } from '../../store/ingestion.ts';
import type { Step } from '../workflow.ts';
import { errorMessages } from './finding-messages.ts';
import type { IngestionServices } from './ingestion-services.ts';
import { packageFault } from './package-info-validation.ts';
import type { Inventory } from './preparation.ts';
import { linkInto, openStaging } from './staging.ts';

export interface DescribedDrivers {
  readonly drivers: readonly { readonly folder: string; readonly infs: readonly DescribedInf[] }[];
}

export function validation(services: IngestionServices): Step {
  const { database, inspector, clock } = services;
  return {
    name: 'validation',
    async run(context) {
      const { submission, properties } = await loadIngestionSubject(database, context.subjectId);
      const inventory = context.output<Inventory>('preparation');
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
      const operatingSystems = properties.requestedSignatures.flatMap((code) => {
        const system = findOperatingSystem(code);
        return system === undefined
          ? []
          : [{ code: system.code, architecture: system.architecture, version: system.version }];
      });
      let answer: DescribeAnswer;
      try {
        answer = await session.ask<'describe'>(
          { operation: 'describe', files, operatingSystems, at: clock().getTime(), limits: services.limits },
          context.signal,
        );
      } catch (error) {
        return packageFault(error, context);
      }
      const messages = errorMessages(answer.findings);
      if (messages.length > 0) return { kind: 'failed', messages };
      const infs = answer.drivers.flatMap((driver) => driver.infs);
      const isExtensionInf = infs.some((inf) => inf.description.isExtension);
      const output: DescribedDrivers = { drivers: answer.drivers };
      return {
        kind: 'completed',
        output: JSON.parse(JSON.stringify(output)),
        apply: async (transaction) => {
          await updateProgress(transaction, context.subjectId, { is_extension_inf: isExtensionInf ? 1n : 0n }, clock());
          await updateProductExtension(transaction, submission.product_id, isExtensionInf);
        },
      };
    },
  };
}
