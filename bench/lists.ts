// Pages of the product list: the first and the thousandth, of an account with a thousand products and of one with a million.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { measureGets } from './load.ts';
import { startService } from './service.ts';
import { type Measurement, printTable } from './statistics.ts';

const THOUSANDTH = 1000;
const FIRST_ID = 10_000_000_000_000_000n;

/** Fills an account's list directly: a million calls of the API would take an hour. */
function insertProducts(dataDirectory: string, count: number): void {
  const database = new DatabaseSync(join(dataDirectory, 'assay.db'), { readBigInts: true });
  const { id: account } = database.prepare('select id from accounts').get() as { id: bigint };
  const now = new Date().toISOString();
  const columns = (database.prepare('select name from pragma_table_info(?)').all('products') as { name: string }[]).map(
    ({ name }) => name,
  );
  const known: Readonly<Record<string, string | bigint>> = {
    account_id: account,
    shared_product_id: 2n ** 60n,
    product_name: 'Echo',
    test_harness: 'attestation',
    properties: JSON.stringify({
      deviceType: 'internal',
      deviceMetadataIds: [],
      isTestSign: false,
      isFlightSign: false,
      marketingNames: [],
      selectedProductTypes: {},
      requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
      additionalAttributes: {},
    }),
    is_committed: 0n,
    is_extension_inf: 0n,
    created_by: 'bench',
    created_at: now,
    updated_by: 'bench',
    updated_at: now,
  };
  const given = columns.filter((name) => name === 'id' || name in known);
  const statement = database.prepare(
    `insert into products (${given.join(', ')}) values (${given.map(() => '?').join(', ')})`,
  );
  database.exec('pragma synchronous = off; begin');
  for (let index = 0; index < count; index++) {
    statement.run(...given.map((name) => (name === 'id' ? FIRST_ID + BigInt(index) * 7n : (known[name] ?? ''))));
  }
  database.exec('commit');
  database.close();
}

interface Page {
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

async function getPage(url: string, authorization: string): Promise<Page> {
  const response = await fetch(url, { headers: { authorization } });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as Page;
}

/** The address of the page with this number, found as a client finds it: by following next_link. */
async function pageAddress(url: string, authorization: string, number: number, pageSize: number): Promise<URL> {
  let address = `${url}/v2.0/my/hardware/products?pageSize=${pageSize}`;
  for (let page = 1; page < number; page++) {
    const { links } = await getPage(address, authorization);
    const next = links.find((link) => link.rel === 'next_link');
    if (next === undefined) throw new Error(`there are only ${page} pages`);
    address = next.href;
  }
  return new URL(address);
}

export async function benchLists(
  directory: string,
  size: { readonly large: number; readonly milliseconds: number; readonly rounds: number },
): Promise<void> {
  const small = THOUSANDTH;
  const pages: { name: string; url: URL; authorization: string; rounds: number[] }[] = [];
  const stops: (() => Promise<void>)[] = [];
  try {
    for (const count of [small, size.large]) {
      const dataDirectory = join(directory, `list-${count}`);
      await (await startService(dataDirectory)).stop();
      insertProducts(dataDirectory, count);
      const service = await startService(dataDirectory);
      stops.push(() => service.stop());
      const authorization = await service.authorize();
      // One product a page, so that a thousand products have a thousandth page.
      for (const number of [THOUSANDTH, 1]) {
        pages.unshift({
          name: `page ${number} of ${count.toLocaleString('en')} products`,
          url: await pageAddress(service.url, authorization, number, 1),
          authorization,
          rounds: [],
        });
      }
    }
    const load = { connections: 8, milliseconds: size.milliseconds };
    for (const page of pages) await measureGets({ ...page, ...load });
    for (let round = 0; round < size.rounds; round++) {
      for (const page of pages) page.rounds.push(await measureGets({ ...page, ...load }));
    }
    printTable(
      'Pages of the product list',
      `Pages of one product over ${load.connections} connections, in turns of ${size.milliseconds / 1000} s, ${size.rounds} each. Lists page by key, so every row should be near 1.`,
      pages.map(({ name, rounds }): Measurement => ({ name, unit: 'pages/s', rounds })),
    );
  } finally {
    for (const stop of stops) await stop();
  }
}
