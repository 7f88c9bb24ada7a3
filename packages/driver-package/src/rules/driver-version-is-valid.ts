// DriverVer is a date and four numbers (InfVerif 1218 and 1217, "INF DriverVer Directive"), and the date has come
// (Inf2Cat 22.9.7).
import { expandTokens, findEntries, parseDriverDate, parseDriverVersionNumber } from '../inf/index.ts';
import { infRule } from './driver.ts';

/** Hours by which a day may already have begun elsewhere. */
const TIME_ZONE_HOURS = 14;

export const driverVersionIsValid = infRule('driver-version-is-valid', function* ({ document }, { at }) {
  for (const { fields, line } of findEntries(document, 'Version', 'DriverVer')) {
    const [date = '', version = ''] = fields.map((field) => expandTokens(field.text, document.strings));
    const isoDate = parseDriverDate(date);
    if (isoDate === undefined) {
      yield {
        code: 1218,
        severity: 'error',
        line,
        summary: `The date "${date}" of DriverVer is not a date of the form mm/dd/yyyy.`,
        explanation: 'Of two drivers for a device Windows takes the one with the later date.',
        remedy: 'Write month, day and year, for example: DriverVer = 10/14/2025,1.0.0.0',
      };
    } else if (at !== undefined && Date.parse(isoDate) > at.getTime() + TIME_ZONE_HOURS * 3_600_000) {
      yield {
        severity: 'error',
        line,
        summary: `The date ${isoDate} of DriverVer is in the future.`,
        explanation:
          'Inf2Cat refuses such a package with 22.9.7, since the driver would outrank every later one until that day.',
        remedy: 'Write the day on which the driver was built.',
      };
    }
    if (parseDriverVersionNumber(version) === undefined || version.split('.').length !== 4) {
      yield {
        code: 1217,
        severity: 'error',
        line,
        summary: `The version "${version}" of DriverVer is not of the form w.x.y.z.`,
        explanation: 'It needs four numbers from 0 to 65535; with it Windows and Windows Update tell versions apart.',
        remedy: 'Write four numbers after the date, for example: DriverVer = 10/14/2025,1.0.0.0',
      };
    }
  }
});
