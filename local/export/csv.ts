import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { withGuard } from '../import/csv.ts';

/** CSV as the importers read it, as it comes: UTF-8, a header row, lines ending in LF. Line ends within a cell become LF, too. */
export async function* csvOf(
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
  columns: readonly string[],
  onRow: () => void = () => {},
): AsyncGenerator<string> {
  const counted = async function* () {
    for await (const row of rows) {
      yield row;
      onRow();
    }
  };
  const string = (cell: string) => withGuard(cell.replaceAll(/\r\n?/g, '\n'));
  const csv = stringify({ header: true, columns: [...columns], cast: { string } });
  yield* Readable.from(counted()).compose(csv).setEncoding('utf8') as AsyncIterable<string>;
}
