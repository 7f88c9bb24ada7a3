// The driver of a display adapter starts with its device (InfVerif 2602, "Driver\services start type directive").
import { argumentPlace, linePlace, readNumber } from '../reading/lines.ts';
import { KERNEL_DRIVER, listServices } from '../reading/services.ts';
import { type Fault, infRule } from '../rule.ts';

const OTHER_START: Fault = {
  code: 2602,
  what: 'The driver of a display adapter has another StartType than 3.',
  why: 'Display drivers are Plug and Play drivers: Windows starts them when it finds the device.',
  remedy: 'Write StartType = 3 in the service-install section.',
};

const DISPLAY_CLASS = '{4d36e968-e325-11ce-bfc1-08002be10318}';
const ON_DEMAND = 3;

export const displayStartsOnDemand = infRule({
  id: 'display-starts-on-demand',
  faults: [OTHER_START],
  *check({ document, description }) {
    if (description.classGuid?.toLowerCase() !== DISPLAY_CLASS) return;
    for (const { name, isAssociated, value } of listServices(document)) {
      const start = value('StartType');
      const type = readNumber(value('ServiceType')?.args[0]) ?? 0;
      // A start type that is missing or no number is another rule's.
      const number = start?.args[0] ? readNumber(start.args[0]) : undefined;
      if (!isAssociated || start === undefined || number === undefined || type !== KERNEL_DRIVER) continue;
      if (number === ON_DEMAND) continue;
      const at = start.args.length > 0 ? argumentPlace(start, 0) : linePlace(start);
      yield { fault: OTHER_START, at, summary: `The display driver "${name}" has StartType ${number}.` };
    }
  },
});
