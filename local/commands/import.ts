import type { Scope } from '../../core/http/scopes.ts';
import { ApiClient } from '../api-client.ts';
import { importCatalogue, readCatalogue } from '../import/catalogue.ts';
import { type CsvFile, openCsv } from '../import/csv.ts';
import { readDeliveries, receiveDeliveries } from '../import/deliveries.ts';
import { GUESSED_CATALOGUE } from '../import/derive-catalogue.ts';
import { ONLINE_RETAIL_MAPPING } from '../import/online-retail.ts';
import { placeOrders, readOrders } from '../import/orders.ts';
import { ImportReport } from '../import/report.ts';
import { countStockList, readStockList } from '../import/stock.ts';
import { type Command, expectNoMore, UsageError } from './cli.ts';
import { ownTokens } from './own-tokens.ts';
import { STATE_DIRECTORY } from './state.ts';
import { StatusLine } from './status-line.ts';

const LOCAL_API = 'http://127.0.0.1:3000';
const SHOW_EVERY_MS = 200;
/** A catalogue is put and its opening stock received unless the ledger has entries; orders are placed. */
const SCOPES: readonly Scope[] = ['orders:write', 'stock:read', 'stock:write'];

const usage = `\
Sends the rows of a CSV file to Fillrate's HTTP API.

  npm run import -- catalogue samples/catalogue.csv
  npm run import -- orders samples/orders.csv
  npm run import -- deliveries samples/deliveries.csv
  npm run import -- stock FILE

  --api URL      where the API is, else ${LOCAL_API}
  --state DIR    where the Fillrate at that URL keeps everything, if it runs
                 here with --auth, else ${STATE_DIRECTORY}
  --help         this text

An API that asks for tokens gets FILLRATE_TOKEN of the environment; the one
that runs here, a token of its own. samples/README.md describes the columns.

A file can be imported again. Of a catalogue, what is said of the items is put
anew, and opening stock is received only by SKUs whose stock has never changed.
Orders that are there already stay as they are. Deliveries are received once
within seven days. Deliveries all arrive at once: after_order is for the demo.
A stock list is a count: what it says is what is there, whatever came and went
since it was written. Within seven days a row counts once; to count the same
again, give it another reference.

What cannot be taken is said line by line, and the rest goes on. Of an order in
Fillrate's own layout, either all rows are taken or none.

${ONLINE_RETAIL_MAPPING}

${GUESSED_CATALOGUE}

Exit code: 0 when everything was taken, 1 when something was left out or the
API is out of reach or takes no token of ours, 2 for wrong arguments.
`;

const options = {
  api: { type: 'string', default: LOCAL_API },
  state: { type: 'string', default: STATE_DIRECTORY },
} as const;

type Importer = (api: ApiClient, csv: CsvFile, report: ImportReport) => Promise<void>;

const importers: Readonly<Record<string, { things: string; run: Importer }>> = {
  catalogue: {
    things: 'SKUs',
    run: async (api, csv, report) => importCatalogue(api, await readCatalogue(csv, report), report),
  },
  orders: { things: 'orders', run: (api, csv, report) => placeOrders(api, readOrders(csv, report), report) },
  deliveries: {
    things: 'deliveries',
    run: async (api, csv, report) => receiveDeliveries(api, await readDeliveries(csv, report), report),
  },
  stock: {
    things: 'counts',
    run: async (api, csv, report) => countStockList(api, await readStockList(csv, report), report),
  },
};

export const importCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    const [kind = '', file, ...more] = positionals;
    const importer = Object.hasOwn(importers, kind) ? importers[kind] : undefined;
    if (!importer) throw new UsageError(`Expected one of ${Object.keys(importers).join(', ')}, found '${kind}'.`);
    if (file === undefined) throw new UsageError('Expected a file.');
    expectNoMore(more);
    if (!URL.canParse(values.api)) throw new UsageError(`Expected a URL for --api, found '${values.api}'.`);

    const token = await ownTokens(values.api, values.state, { client: 'import', scopes: SCOPES });
    const api = new ApiClient(values.api, { signal, token });
    const line = new StatusLine(process.stderr);
    const report = new ImportReport((remark) => line.say(remark));
    const ticker = setInterval(() => line.show(`  ${report.taken} ${importer.things} taken`), SHOW_EVERY_MS);
    try {
      const csv = await openCsv(file);
      await importer.run(api, csv, report);
      line.finish();
      process.stdout.write(`${report.summary(csv.name, importer.things).join('\n')}\n`);
    } finally {
      clearInterval(ticker);
      line.finish();
    }
    return report.skipped === 0 ? 0 : 1;
  },
};
