import { DatabaseSync } from 'node:sqlite';

/** DynamoDB Streams keeps records for a day. */
const RETENTION_SECONDS = 24 * 60 * 60;
/** Deleted at a time, so that writers wait a millisecond or two at most. */
const TRIM_CHUNK = 500;
const BUSY_TIMEOUT_MS = 5_000;

const SEQUENCE = 'CAST(sequence_number AS INTEGER)';
const INDEX_NAME = 'fillrate_stream_sequence';

/**
 * Dynoxide searches its stream records without an index, on every write and every read of the stream: ten times slower at
 * 20,000 records. One index cures that. It names Dynoxide's private tables, so the version is pinned and the index is checked.
 */
export function indexStreamRecords(databasePath: string): void {
  withDatabase(databasePath, (database) => {
    database.exec(`CREATE INDEX IF NOT EXISTS ${INDEX_NAME} ON _stream_records(table_name, ${SEQUENCE})`);
    const plan = database
      .prepare(`EXPLAIN QUERY PLAN SELECT MAX(${SEQUENCE}) FROM _stream_records WHERE table_name = ?`)
      .all('any');
    if (!plan.some((step) => String(step.detail).includes(INDEX_NAME))) {
      throw new Error(
        'Dynoxide keeps its stream records otherwise than this version expects; its streams would be slow',
      );
    }
  });
}

/**
 * Deletes stream records older than a day, which Dynoxide never does. The newest record of each table stays, because the next
 * sequence number is counted from it. Yields between chunks.
 */
export async function trimStreamRecords(databasePath: string, nowSeconds = Math.floor(Date.now() / 1000)) {
  for (;;) {
    const deleted = withDatabase(databasePath, (database) => deleteChunk(database, nowSeconds - RETENTION_SECONDS));
    if (deleted < TRIM_CHUNK) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function deleteChunk(database: DatabaseSync, olderThanSeconds: number) {
  // Ids grow with time, so the oldest are the first ones; nothing behind them is looked at. The index finds the newest.
  const statement = database.prepare(`
    DELETE FROM _stream_records WHERE id IN (
      SELECT id FROM (SELECT * FROM _stream_records ORDER BY id LIMIT ${TRIM_CHUNK}) AS old
      WHERE created_at < ?
        AND ${SEQUENCE} < (SELECT MAX(${SEQUENCE}) FROM _stream_records WHERE table_name = old.table_name))`);
  return Number(statement.run(olderThanSeconds).changes);
}

function withDatabase<Result>(databasePath: string, use: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(databasePath, { timeout: BUSY_TIMEOUT_MS });
  try {
    return use(database);
  } finally {
    database.close();
  }
}
