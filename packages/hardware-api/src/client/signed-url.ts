// A SAS URL that may stop working in the middle of a transfer, because it expired or its key was changed, and the new one
// that takes its place.
import { HardwareApiError } from './hardware-api-error.ts';

/** How often in a row a URL is renewed without any progress in between. */
const MOST_RENEWALS = 3;

/** Codes of a 403 that a new signature can cure (Azure Storage, common REST API error codes). */
const CURABLE_CODES: ReadonlySet<string> = new Set(['authenticationfailed', 'authorizationfailure']);

/** Gives a URL with a new signature for the same blob. */
export type RenewUrl = () => Promise<string>;

export interface SignedUrl {
  /** Runs a request with the URL, and again with a new one each time that the signature is refused. */
  use<Result>(request: (url: string) => Promise<Result>): Promise<Result>;
}

/** A URL that is renewed when it is refused; requests that fail at the same moment share one renewal. */
export function signedUrl(first: string, renew: RenewUrl | undefined): SignedUrl {
  let current = first;
  let renewals = 0;
  let pending: Promise<void> | undefined;

  /** Whether there is another URL than the refused one to try with. */
  async function renewAfter(error: unknown, refused: string): Promise<boolean> {
    if (renew === undefined || !(error instanceof HardwareApiError) || error.status !== 403) return false;
    if (!CURABLE_CODES.has(error.code.toLowerCase())) return false;
    if (current !== refused) return true;
    if (pending === undefined) {
      if (renewals >= MOST_RENEWALS) return false;
      renewals++;
      pending = renew()
        .then((url) => {
          current = url;
        })
        .finally(() => {
          pending = undefined;
        });
    }
    await pending;
    return true;
  }

  return {
    async use(request) {
      for (;;) {
        const url = current;
        try {
          const result = await request(url);
          renewals = 0;
          return result;
        } catch (error) {
          if (!(await renewAfter(error, url))) throw error;
        }
      }
    },
  };
}
