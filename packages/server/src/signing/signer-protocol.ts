// What the service and a signer process say to each other.
import type { DigestAlgorithm } from '@assay/authenticode';
import type { KeyLocation } from '@assay/key-stores';

export type SignerRequest =
  | {
      readonly id: number;
      readonly kind: 'open';
      /** What later requests call the key. */
      readonly key: string;
      /** With its secrets: this message is the only way by which they reach the process. */
      readonly location: KeyLocation;
      /** Variables that the software of the key store reads from the environment. */
      readonly environment: Readonly<Record<string, string>>;
    }
  | {
      readonly id: number;
      readonly kind: 'sign';
      readonly key: string;
      readonly message: Uint8Array;
      readonly algorithm: DigestAlgorithm;
    };

export type SignerReply =
  | {
      readonly id: number;
      readonly kind: 'opened';
      readonly certificate: Uint8Array;
      readonly chain: readonly Uint8Array[];
      /** Where the key lives, without secrets. */
      readonly description: string;
    }
  | { readonly id: number; readonly kind: 'signed'; readonly signature: Uint8Array }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };
