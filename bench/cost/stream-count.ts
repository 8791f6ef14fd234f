import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { withoutCallLog } from '../../core/platform/clients.ts';
import { prefixes } from '../../core/platform/table/keys.ts';
import { clientConfig } from '../../local/client-config.ts';
import { eventSources } from '../../local/event-sources.ts';
import { matches } from '../../local/filter-pattern.ts';
import { type StreamRecord, toStreamRecord } from '../../local/streams/stream-record.ts';
import { addUp } from '../usage.ts';

/** Reads the table's stream beside those who read it in earnest, to count what each of them is handed. */
export class StreamCount {
  readonly #client: DynamoDBStreamsClient;
  readonly #streamArn: string;
  #iterator: string | undefined;

  private constructor(client: DynamoDBStreamsClient, streamArn: string) {
    this.#client = client;
    this.#streamArn = streamArn;
  }

  /** Counts from now on. The database here has one shard. */
  static async start(endpoint: string, streamArn: string): Promise<StreamCount> {
    const client = withoutCallLog(new DynamoDBStreamsClient(clientConfig(endpoint)));
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
    const ask = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId, ShardIteratorType: 'LATEST' });
    const { ShardIterator } = await client.send(ask);
    const count = new StreamCount(client, streamArn);
    count.#iterator = ShardIterator;
    return count;
  }

  /** What has come since the last call: records by the function that is handed them, and writes to levels. */
  async take(): Promise<{ streamRecords: Record<string, number>; levelWrites: number }> {
    let streamRecords: Record<string, number> = {};
    let levelWrites = 0;
    for (;;) {
      const answer = await this.#client.send(new GetRecordsCommand({ ShardIterator: this.#iterator }));
      this.#iterator = answer.NextShardIterator;
      const records = (answer.Records ?? []).map((record) => toStreamRecord(record, this.#streamArn));
      for (const record of records) {
        streamRecords = addUp(streamRecords, readersOf(record));
        if (record.delivered.dynamodb?.Keys?.sk?.S?.startsWith(prefixes.stock)) levelWrites += 1;
      }
      if (records.length === 0) return { streamRecords, levelWrites };
    }
  }

  close(): void {
    this.#client.destroy();
  }
}

function readersOf({ delivered }: StreamRecord): Record<string, number> {
  const readers = Object.entries(eventSources).filter(([, { filters }]) =>
    filters.some((filter) => matches(filter, delivered)),
  );
  return Object.fromEntries(readers.map(([name]) => [name, 1]));
}
