import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { fromImage, type Image } from '../../core/platform/table/images.ts';
import type { Key } from '../../core/platform/table/keys.ts';
import type { Change } from '../../core/reactors/change.ts';
import { ensureTable } from '../../local/dynamodb/ensure-table.ts';
import { ShardCursor } from '../../local/streams/shard-cursor.ts';
import { BEGINNING, type StreamRecord } from '../../local/streams/stream-record.ts';
import { clientConfig, type TestDatabase } from './database.ts';

/** The stream of a table, read by hand: what has changed since the last look, oldest first. */
export async function streamOf({ endpoint }: TestDatabase, tableName: string): Promise<() => Promise<Change[]>> {
  const config = clientConfig(endpoint);
  const client = new DynamoDBStreamsClient(config);
  const { streamArn } = await ensureTable(new DynamoDBClient(config), tableName);
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  const shardId = StreamDescription?.Shards?.[0]?.ShardId ?? '';
  const cursor = new ShardCursor({ client, streamArn, shardId }, BEGINNING);
  return async () => {
    const changes: Change[] = [];
    for (let page = await cursor.next(); page.length > 0; page = await cursor.next())
      changes.push(...page.map(changeOf));
    return changes;
  };
}

function changeOf({ delivered: { eventName, dynamodb = {} } }: StreamRecord): Change {
  const { Keys, OldImage, NewImage, SequenceNumber = '' } = dynamodb;
  return {
    ...(fromImage(Keys as Image) as Key),
    isNew: eventName === 'INSERT',
    before: OldImage && fromImage(OldImage as Image),
    after: NewImage && fromImage(NewImage as Image),
    sequenceNumber: SequenceNumber,
  };
}
