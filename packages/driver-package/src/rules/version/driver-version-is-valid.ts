// DriverVer is a date and four numbers (InfVerif 1218 and 1217, "INF DriverVer Directive"), and the date has come but is
// not too long ago (Inf2Cat 22.9.7).
import { expandTokens, findEntries, parseDriverDate, parseDriverVersionNumber } from '../../inf/index.ts';
import { type Fault, infRule } from '../rule.ts';

/** Hours by which a day may already have begun elsewhere. */
const TIME_ZONE_HOURS = 14;
/** The day after which drivers for Windows 7 and all later versions are dated. */
const EARLIEST_DATE = '2009-04-21';

const BAD_DATE: Fault = {
  code: 1218,
  submission: true,
  what: 'The date of DriverVer is not of the form mm/dd/yyyy, or not in the calendar.',
  why: 'Of two drivers for a device Windows takes the one with the later date.',
  remedy: 'Write month, day and year, for example: DriverVer = 10/14/2025,1.0.0.0',
};
const FUTURE_DATE: Fault = {
  submission: true,
  what: 'The date of DriverVer is in the future.',
  why: 'Inf2Cat refuses such a package with 22.9.7, since the driver would outrank every later one until that day.',
  remedy: 'Write the day on which the driver was built.',
};
const OLD_DATE: Fault = {
  severity: 'warning',
  what: 'The date of DriverVer is older than the Windows versions that are supported today.',
  why: 'Inf2Cat refuses it with 22.9.7 for Windows 7 and later, where drivers that Windows brings along would outrank it.',
  remedy: 'Write the day on which the driver was built.',
};
const BAD_VERSION: Fault = {
  code: 1217,
  submission: true,
  what: 'The version of DriverVer is not of the form w.x.y.z.',
  why: 'It needs four numbers from 0 to 65535; with it Windows and Windows Update tell versions apart.',
  remedy: 'Write four numbers after the date, for example: DriverVer = 10/14/2025,1.0.0.0',
};

export const driverVersionIsValid = infRule({
  id: 'driver-version-is-valid',
  faults: [BAD_DATE, BAD_VERSION, FUTURE_DATE, OLD_DATE],
  *check({ document }, { driver }) {
    for (const entry of findEntries(document, 'Version', 'DriverVer')) {
      const at = { line: entry.line };
      const [date = '', version = ''] = entry.fields.map((field) => expandTokens(field.text, document.strings));
      const isoDate = parseDriverDate(date);
      if (isoDate === undefined) {
        const summary = `The date "${date}" of DriverVer is not a date of the form mm/dd/yyyy.`;
        yield { fault: BAD_DATE, at, summary };
      } else if (driver.at !== undefined && Date.parse(isoDate) > driver.at.getTime() + TIME_ZONE_HOURS * 3_600_000) {
        yield { fault: FUTURE_DATE, at, summary: `The date ${isoDate} of DriverVer is in the future.` };
      } else if (isoDate < EARLIEST_DATE) {
        yield { fault: OLD_DATE, at, summary: `The date ${isoDate} of DriverVer is before ${EARLIEST_DATE}.` };
      }
      if (parseDriverVersionNumber(version) === undefined || version.split('.').length !== 4) {
        const summary = `The version "${version}" of DriverVer is not of the form w.x.y.z.`;
        yield { fault: BAD_VERSION, at, summary };
      }
    }
  },
});
