import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { OrderCancelled } from '../../core/orders/workflow-errors.ts';
import { about, log } from '../../core/platform/log.ts';
import { onChanges } from '../../functions/support/stream.ts';
import { task } from '../../functions/support/task.ts';
import { logged } from '../support/logged.ts';

const customer = { name: 'Zoë Müller', email: 'zoe@example.com' };

/** As the SDK throws it, with the row that stood in the way. */
function cancelled(): TransactionCanceledException {
  const Item = { customer: { M: { name: { S: customer.name }, email: { S: customer.email } } } };
  return new TransactionCanceledException({
    message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]',
    $metadata: { requestId: 'AWS-1' },
    CancellationReasons: [{ Code: 'ValidationError', Item }],
  });
}

const Input = z.strictObject({ shipmentId: z.string() });
const context = { awsRequestId: 'call-1', functionName: 'reserve-stock' };

describe('a line', () => {
  it('says what it is about, and which call of which function wrote it', async () => {
    const handler = task(Input, async () => log.info('reserved', { sku: 'MUG' }));

    const [line] = await logged(() => handler({ shipmentId: 'SO-1-1' }, context));

    expect(line).toEqual({
      level: 'INFO',
      message: 'reserved',
      timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
      service: 'fillrate',
      function_name: 'reserve-stock',
      function_request_id: 'call-1',
      shipmentId: 'SO-1-1',
      sku: 'MUG',
    });
  });

  it('names the trace that it belongs to', async () => {
    process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1';
    const [line] = await logged(() => log.info('reserved')).finally(() => delete process.env._X_AMZN_TRACE_ID);

    expect(line).toMatchObject({ xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793' });
  });

  it('leaves out whatever is not listed, such as the fields of a row that was handed over whole', async () => {
    const row: object = { shipmentId: 'SO-1-1', customer, shipTo: { line1: 'Am Markt 1' } };

    const [line] = await logged(() => log.info('reserved', row));

    expect(line).toMatchObject({ shipmentId: 'SO-1-1' });
    expect(JSON.stringify(line)).not.toMatch(/Zoë|zoe@|Markt/);
  });
});

describe('ids', () => {
  it('of one lane do not show in the lines of another that is handled at the same time', async () => {
    const record = (sku: string, sequence: number): DynamoDBRecord => {
      const Keys = { pk: { S: `SKU#${sku}` }, sk: { S: 'STOCK#main' } };
      return { eventName: 'MODIFY', dynamodb: { Keys, NewImage: Keys, SequenceNumber: String(sequence) } };
    };
    const handler = onChanges(async ([change]) => {
      const own = change?.pk.slice('SKU#'.length);
      // All lanes are under way before the first one goes on.
      for (let turn = 0; turn < 3; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.info(`is ${own}`);
      }
    });

    const skus = Array.from({ length: 12 }, (_, i) => `SKU-${i}`);
    const lines = await logged(() => handler({ Records: skus.map(record) }, context));

    expect(lines).toHaveLength(36);
    for (const { message, sku } of lines) expect(message).toBe(`is ${sku}`);
  });

  it('stay with the work that they were given to', async () => {
    const lines = await logged(async () => {
      await about({ orderId: 'SO-1' }, async () => {
        await about({ shipmentId: 'SO-1-1' }, async () => log.info('inner'));
        log.info('outer');
      });
      log.info('after');
    });

    expect(lines.map(({ orderId, shipmentId }) => [orderId, shipmentId])).toEqual([
      ['SO-1', 'SO-1-1'],
      ['SO-1', undefined],
      [undefined, undefined],
    ]);
  });
});

describe('an error', () => {
  it('of the SDK is logged with its message and its request, and without the rows that it carries', async () => {
    const handler = task(Input, async () => {
      throw new Error('it could not be written', { cause: cancelled() });
    });

    const lines = await logged(() => handler({ shipmentId: 'SO-1-1' }, context).catch(() => {}));

    expect(lines).toMatchObject([
      {
        level: 'ERROR',
        message: 'the task failed',
        shipmentId: 'SO-1-1',
        error: { message: 'it could not be written', cause: { awsRequestId: 'AWS-1' } },
      },
    ]);
    expect(JSON.stringify(lines)).toContain('[ValidationError]');
    expect(JSON.stringify(lines)).not.toMatch(/Zoë|zoe@/);
  });

  it('that leaves a function carries nothing either, as the runtime logs all of it', async () => {
    const handler = task(Input, async () => {
      throw cancelled();
    });

    const error: Error = await handler({ shipmentId: 'SO-1-1' }, context).catch((thrown) => thrown);

    expect(error.name).toBe('TransactionCanceledException');
    expect(error.message).toContain('[ValidationError]');
    expect(error.stack).toContain('log.test.ts');
    // What Lambda's runtime takes of it: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client, Errors.
    expect(Object.keys(error)).toEqual([]);
    expect(error.cause).toBeUndefined();
  });

  it('that the workflow waits for by name keeps its name, and is no alarm', async () => {
    const handler = task(Input, async () => {
      throw new OrderCancelled('SO-1-1 is cancelled');
    });
    let error: unknown;

    const lines = await logged(() => handler({ shipmentId: 'SO-1-1' }, context).catch((thrown) => (error = thrown)));

    expect(error).toMatchObject({ name: 'OrderCancelled', message: 'SO-1-1 is cancelled' });
    expect(lines).toMatchObject([{ level: 'INFO', message: 'the task was declined', code: 'OrderCancelled' }]);
  });

  it('in what an execution was started with says which field is wrong, and not what it held', async () => {
    const handler = task(Input, async () => {});

    const lines = await logged(() => handler({ shipmentId: [customer.name] }, context).catch(() => {}));

    expect(lines).toMatchObject([{ code: 'InvalidInput', error: { message: expect.stringContaining('shipmentId') } }]);
    expect(JSON.stringify(lines)).not.toContain('Zoë');
  });
});
