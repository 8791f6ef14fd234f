import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Scope } from '../../core/http/scopes.ts';
import { Location } from '../../core/stock/schema.ts';
import { ApiClient } from '../api-client.ts';
import { ExplainedError } from '../explained-error.ts';
import { csvOf } from '../export/csv.ts';
import { catalogueLayout, exportRows, type Layout, stockLayout } from '../export/rows.ts';
import { formatCount } from '../text.ts';
import { type Command, expectNoMore, UsageError } from './cli.ts';
import { ownTokens } from './own-tokens.ts';
import { STATE_DIRECTORY } from './state.ts';
import { StatusLine } from './status-line.ts';

const LOCAL_API = 'http://127.0.0.1:3000';
const SCOPES: readonly Scope[] = ['stock:read'];

const usage = `\
Writes what Fillrate's HTTP API says of a location to a CSV file, which
"npm run import" takes again.

  npm run export -- catalogue catalogue.csv
  npm run export -- stock --location main > stock.csv

  --location ID  which warehouse, else main
  --api URL      where the API is, else ${LOCAL_API}
  --state DIR    where the Fillrate at that URL keeps everything, if it runs
                 here with --auth, else ${STATE_DIRECTORY}
  --help         this text

Without a file, or with - for one, it writes to the standard output. A file is
there when it is whole; one of that name is replaced. An API that asks for
tokens gets FILLRATE_TOKEN of the environment; the one that runs here, a token
of its own.

A cell that a spreadsheet would take for a formula has a ' before it, which the
import takes off again. samples/README.md describes the columns.

Exit code: 0 when all was written, 1 when the API is out of reach or nothing is
kept at the location, 2 for wrong arguments.
`;

const options = {
  location: { type: 'string', default: 'main' },
  api: { type: 'string', default: LOCAL_API },
  state: { type: 'string', default: STATE_DIRECTORY },
} as const;

const layouts: Readonly<Record<string, Layout>> = { catalogue: catalogueLayout, stock: stockLayout };

export const exportCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    const [kind = '', file = '-', ...more] = positionals;
    const layout = Object.hasOwn(layouts, kind) ? layouts[kind] : undefined;
    if (!layout) throw new UsageError(`Expected one of ${Object.keys(layouts).join(', ')}, found '${kind}'.`);
    expectNoMore(more);
    if (!URL.canParse(values.api)) throw new UsageError(`Expected a URL for --api, found '${values.api}'.`);
    const location = Location.safeParse(values.location);
    if (!location.success) {
      throw new UsageError(`--location: ${location.error.issues[0]?.message}, found '${values.location}'.`);
    }

    const token = await ownTokens(values.api, values.state, { client: 'export', scopes: SCOPES });
    const api = new ApiClient(values.api, { signal, token });
    const line = new StatusLine(process.stderr);
    let written = 0;
    const count = () => line.show(`  ${formatCount(++written)} SKUs written`);
    try {
      const text = csvOf(exportRows(api, location.data, layout), layout.columns, count);
      await (file === '-' ? pipeline(text, process.stdout, { end: false }) : writeWhole(file, text));
    } catch (error) {
      // Whoever reads it, such as `head`, has enough.
      if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
      throw error;
    } finally {
      line.finish();
    }
    if (written === 0) throw new ExplainedError(`Nothing is kept at ${location.data}: only the header was written.`);
    if (file !== '-') process.stdout.write(`${file}: ${formatCount(written)} SKUs\n`);
    return 0;
  },
};

/** Half an export must not be taken for one. */
async function writeWhole(file: string, text: AsyncIterable<string>): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await pipeline(text, createWriteStream(partial));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof Error && 'syscall' in error && 'path' in error) {
      throw new ExplainedError(`${file} cannot be written: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
