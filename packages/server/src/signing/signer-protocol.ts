// What the service and the signer process say to each other.
import type { DigestAlgorithm } from '@assay/authenticode';

export type SignerRequest =
  | { readonly id: number; readonly kind: 'open'; readonly file: string; readonly passphrase: string }
  | { readonly id: number; readonly kind: 'sign'; readonly message: Uint8Array; readonly algorithm: DigestAlgorithm };

export type SignerReply =
  | {
      readonly id: number;
      readonly kind: 'opened';
      readonly certificate: Uint8Array;
      readonly chain: readonly Uint8Array[];
    }
  | { readonly id: number; readonly kind: 'signed'; readonly signature: Uint8Array }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };
