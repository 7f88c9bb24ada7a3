// OAuth 2.0 errors (RFC 6749 §5.2) in the shape that Microsoft Entra ID gives them: an AADSTS number in the description and
// in `error_codes`, a time stamp and ids to look the request up by. The numbers are those of Microsoft's published list
// "Microsoft Entra authentication and authorization error codes".
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';

interface EntraErrorFacts {
  readonly code: number;
  readonly error: string;
  readonly status: number;
}

/** What can go wrong when a token is asked for. */
export const ENTRA_ERRORS = {
  malformedRequest: { code: 9002313, error: 'invalid_request', status: 400 },
  missingParameter: { code: 900144, error: 'invalid_request', status: 400 },
  unknownTenant: { code: 90002, error: 'invalid_request', status: 400 },
  unsupportedGrantType: { code: 70003, error: 'unsupported_grant_type', status: 400 },
  unknownApplication: { code: 700016, error: 'unauthorized_client', status: 400 },
  disabledApplication: { code: 7000112, error: 'unauthorized_client', status: 400 },
  missingCredential: { code: 7000216, error: 'invalid_client', status: 401 },
  wrongSecret: { code: 7000215, error: 'invalid_client', status: 401 },
  expiredSecret: { code: 7000222, error: 'invalid_client', status: 401 },
  malformedAssertion: { code: 50027, error: 'invalid_client', status: 401 },
  assertionNamesNoKey: { code: 5002723, error: 'invalid_client', status: 401 },
  assertionNotAccepted: { code: 700027, error: 'invalid_client', status: 401 },
  assertionOfAnother: { code: 700021, error: 'invalid_client', status: 401 },
  assertionAudience: { code: 700023, error: 'invalid_client', status: 401 },
  assertionTimes: { code: 700024, error: 'invalid_client', status: 401 },
  unknownResource: { code: 500011, error: 'invalid_resource', status: 400 },
  invalidScope: { code: 1002012, error: 'invalid_scope', status: 400 },
  unsupportedResponseType: { code: 700054, error: 'unsupported_response_type', status: 400 },
  serverError: { code: 50000, error: 'server_error', status: 500 },
  unknownInstance: { code: 50049, error: 'invalid_instance', status: 400 },
} as const satisfies Readonly<Record<string, EntraErrorFacts>>;

export type EntraErrorName = keyof typeof ENTRA_ERRORS;

/** The JSON body of an OAuth error. */
export interface EntraErrorBody {
  readonly error: string;
  readonly error_description: string;
  readonly error_codes: readonly number[];
  readonly timestamp: string;
  readonly trace_id: string;
  readonly correlation_id: string;
}

/** A refusal of the token endpoint or of discovery. `message` is for the caller and never holds a secret. */
export class EntraError extends Error {
  readonly kind: EntraErrorName;
  readonly status: number;

  constructor(kind: EntraErrorName, message: string) {
    super(message);
    this.name = 'EntraError';
    this.kind = kind;
    this.status = ENTRA_ERRORS[kind].status;
  }

  /** The body to answer with. `correlationId` is the caller's own id of the request, when it sent one. */
  toBody(clock: Clock, correlationId: string = randomUUID()): EntraErrorBody {
    const { code, error } = ENTRA_ERRORS[this.kind];
    const traceId = randomUUID();
    const timestamp = `${clock().toISOString().slice(0, 19).replace('T', ' ')}Z`;
    return {
      error,
      error_description: `AADSTS${code}: ${this.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
    };
  }
}
