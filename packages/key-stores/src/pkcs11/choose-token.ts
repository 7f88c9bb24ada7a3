// Finds the one token that is meant.
import { SigningError } from '@assay/authenticode';
import type { Pkcs11Location } from '../key-location.ts';
import type { Pkcs11Module, Token } from './module.ts';

type Wish = Pick<Pkcs11Location, 'tokenLabel' | 'tokenSerial' | 'tokenModel' | 'tokenManufacturer' | 'slot'>;

function describeToken({ label, serial, model, slot }: Token): string {
  return `'${label}' (serial number ${serial || 'none'}, ${model || 'model unknown'}, slot ${slot})`;
}

function describeWish({ tokenLabel, tokenSerial, tokenModel, tokenManufacturer, slot }: Wish): string {
  const parts = [
    ['label', tokenLabel],
    ['serial number', tokenSerial],
    ['model', tokenModel],
    ['manufacturer', tokenManufacturer],
    ['slot', slot],
  ].filter(([, value]) => value !== undefined);
  return parts.length === 0 ? '' : ` with ${parts.map(([name, value]) => `${name} '${value}'`).join(', ')}`;
}

/** The token that fits `wish`. Throws SigningError `token-not-found` or `ambiguous-token`, both listing the tokens that are there. */
export async function chooseToken(module: Pkcs11Module, wish: Wish): Promise<Token> {
  const tokens = await module.listTokens();
  const fits = (wanted: string | undefined, actual: string) => wanted === undefined || wanted === actual;
  const fitting = tokens.filter(
    (token) =>
      fits(wish.tokenLabel, token.label) &&
      fits(wish.tokenSerial, token.serial) &&
      fits(wish.tokenModel, token.model) &&
      fits(wish.tokenManufacturer, token.manufacturer) &&
      (wish.slot === undefined || BigInt(wish.slot) === token.slot),
  );
  const [token, another] = fitting;
  if (token !== undefined && another === undefined) return token;
  if (token === undefined) {
    const there =
      tokens.length === 0 ? 'no token is present: insert it' : `present: ${tokens.map(describeToken).join(', ')}`;
    throw new SigningError('token-not-found', `the PKCS#11 module shows no token${describeWish(wish)}; ${there}`);
  }
  const message = `several tokens fit${describeWish(wish)}: ${fitting.map(describeToken).join(', ')}; name one by its serial number`;
  throw new SigningError('ambiguous-token', message);
}
