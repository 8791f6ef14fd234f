import type { EventSourceMapping } from './streams/mapping.ts';

const keyBegins = (key: 'pk' | 'sk', prefix: string) => ({ dynamodb: { Keys: { [key]: { S: [{ prefix }] } } } });

/** Both readers of the table's stream, set as the stack sets them. */
const settings = {
  batchSize: 100,
  reportBatchItemFailures: true,
  bisectBatchOnFunctionError: true,
  maximumRetryAttempts: 10,
  maximumRecordAgeSeconds: 12 * 3600,
  functionTimeoutSeconds: 60,
};

/** Which records of the table's stream each function is handed. */
export const eventSources = {
  'on-stock-change': {
    ...settings,
    filters: [keyBegins('sk', 'STOCK#'), keyBegins('sk', 'SHIPMENT#'), keyBegins('pk', 'INBOUND#')],
  },
  'on-record': {
    ...settings,
    filters: [
      keyBegins('sk', 'STOCK#'),
      keyBegins('sk', 'PROMISES#'),
      keyBegins('sk', 'EVENT#'),
      keyBegins('pk', 'ALERT#'),
    ],
  },
} satisfies Record<string, Omit<EventSourceMapping, 'functionName' | 'handler'>>;
