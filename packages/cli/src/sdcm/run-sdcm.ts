// `assay sdcm …`: takes the command line of Microsoft's SDCM, prints the lines that scripts look for, and returns its numbers.
// Where SDCM ends with 0 although nothing was done (a refused upload, no signed package), this does not.
import { HardwareApiError, type HardwareClient, NO_ANSWER } from '@assay/hardware-api';
import { Interrupted } from '../exit-codes.ts';
import { interruptible } from '../interruption.ts';
import { readVersion } from '../version.ts';
import { describeOptions, parseSdcmArguments } from './arguments.ts';
import { dumpError, say } from './dump.ts';
import { chooseOperation, type Operation } from './operations.ts';
import { RETURN_CODES, type ReturnName, SdcmFailure } from './return-codes.ts';
import { connectAsSdcm } from './sdcm-connection.ts';

/** The version whose command line this is. */
const SDCM_VERSION = '1.2025.326.1';

const HELP = `Usage: assay sdcm [OPTIONS]+
The command line of Microsoft's SDCM ${SDCM_VERSION}: a script that calls it changes one word.

Options:
${describeOptions()}

Examples:
  assay sdcm -create product.json
  assay sdcm -upload echo.cab -productid 14631253285588838 -submissionid 1152921504621465124
  assay sdcm -wait -productid 14631253285588838 -submissionid 1152921504621465124`;

function refusedBy(error: HardwareApiError, operation: Operation): ReturnName {
  if (error.code === NO_ANSWER || error.status === 0) return 'PARTNER_CENTER_HTTP_EXCEPTION';
  if (error.status === 429) return 'HTTP_429_RATE_LIMIT_EXCEEDED';
  return operation.refusal?.(error) ?? operation.failure;
}

function endedBy(error: unknown, operation: Operation | undefined): ReturnName {
  if (error instanceof SdcmFailure) {
    say(error.message);
    return error.returns;
  }
  if (error instanceof HardwareApiError && operation !== undefined) {
    const name = refusedBy(error, operation);
    if (name === 'HTTP_429_RATE_LIMIT_EXCEEDED') {
      say(`${operation.name} experienced a HTTP 429 Too Many Requests response.`);
    } else {
      dumpError(error);
    }
    return name;
  }
  say('Unhandled Exception:');
  say(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  return 'UNHANDLED_EXCEPTION';
}

/** Runs a command line and resolves with the number that the process returns. An interruption is thrown on. */
export async function runSdcm(args: readonly string[]): Promise<number> {
  say(`SurfaceDevCenterManager v${SDCM_VERSION} (assay ${readVersion()})`);
  let returned: ReturnName = 'SUCCESS';
  let operation: Operation | undefined;
  let client: HardwareClient | undefined;
  try {
    const { options, unknown } = parseSdcmArguments(args);
    if (options.help === true) {
      say(HELP);
      return RETURN_CODES.SUCCESS;
    }
    if (unknown.length > 0) process.stderr.write(`assay sdcm: not known, and passed over: ${unknown.join(' ')}\n`);
    const chosen = await chooseOperation(options);
    operation = chosen;
    await interruptible(async (signal) => {
      client = await connectAsSdcm(options, signal);
      await chosen.run({ client, options, signal });
    });
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    returned = endedBy(error, operation);
  }
  if (client !== undefined) say(`Correlation Id: ${client.correlationId}`);
  say(`Return: ${RETURN_CODES[returned]} (${returned})`);
  return RETURN_CODES[returned];
}
