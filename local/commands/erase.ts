import {
  type CustomerOrders,
  type Erasure,
  eraseCustomer,
  findOrders,
  ordersPlacedSince,
  previewErasure,
} from '../../core/erasure/erase.ts';
import { Customer } from '../../core/orders/schema.ts';
import { documentClient } from '../../core/platform/clients.ts';
import { newUuid, systemClock } from '../../core/platform/clock.ts';
import { Table } from '../../core/platform/table/table.ts';
import { ExplainedError } from '../explained-error.ts';
import { formatCount } from '../text.ts';
import { type Command, expectNoMore, UsageError } from './cli.ts';
import { openTable } from './open-table.ts';
import { STATE_DIRECTORY } from './state.ts';
import { StatusLine } from './status-line.ts';

/** Who wrote it, in the record of the erasure. */
const ACTOR = 'erase';
const SHOW_EVERY_ROWS = 1000;

const usage = `\
Erases what a table says of a customer: names, addresses, tracking links and
numbers, and what was written about their orders. What was ordered, moved and
sent stays, so that the books add up (docs/operations/erase.md).

  npm run erase -- --customer zoe@example.com
  npm run erase -- --customer zoe@example.com --yes
  npm run erase -- --customer zoe@example.com --table NAME

  --customer EMAIL  whose orders; upper and lower case are the same
  --yes             erases; without it, what would be erased is only shown
  --table NAME      a table in AWS, with the region and the credentials that
                    the AWS SDK finds; else TABLE_NAME of the environment
  --state DIR       without a name: the table that is kept there, whether
                    Fillrate runs or not, else ${STATE_DIRECTORY}
  --help            this text

An order that is still to be sent needs its address: cancel it or send it
first. The table may be in use, and a run that was cut off can be repeated.

Exit code: 0 when it was erased, or shown; 1 when nothing was found, an order
is still open or the table cannot be read; 2 for wrong arguments.
`;

const options = {
  customer: { type: 'string' },
  yes: { type: 'boolean', default: false },
  table: { type: 'string' },
  state: { type: 'string', default: STATE_DIRECTORY },
} as const;

export const eraseCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    expectNoMore(positionals);
    const email = addressOf(values.customer);
    await using opened = await openTable(values);
    const table = new Table(documentClient(opened.client), opened.name);
    const services = { table, now: systemClock, newId: newUuid, actor: ACTOR };
    const line = new StatusLine(process.stderr);
    const progressOf = (what: string, things = 'rows') => ({
      onRows: (rows: number) => {
        signal.throwIfAborted();
        if (rows % SHOW_EVERY_ROWS === 0) line.show(`  ${what}: ${formatCount(rows)} ${things} read`);
      },
    });
    const startedAt = systemClock();
    try {
      const orders = await findOrders(services, email, progressOf('looking for orders', 'orders'));
      expectErasable(orders, email, opened.description);
      const person = { email, orderIds: new Set(orders.ended) };
      const doIt = values.yes ? eraseCustomer : previewErasure;
      const erasure = await doIt(services, person, progressOf(values.yes ? 'erasing' : 'looking for what is said'));
      line.finish();
      process.stdout.write(found(orders, erasure, values.yes));
      if (!values.yes) return 0;
      const missed = await ordersPlacedSince(services, email, startedAt);
      if (missed.length > 0)
        throw new ExplainedError(`Placed meanwhile, and not erased: ${missed.join(', ')}. Run it again.`);
      return 0;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ExplainedError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      const message = `${opened.description} cannot be read or written: ${why}. Nothing is half erased that a repeat would not finish.`;
      throw new ExplainedError(message, { cause: error });
    } finally {
      line.finish();
    }
  },
};

/** @throws UsageError */
function addressOf(customer: string | undefined): string {
  if (customer === undefined) throw new UsageError('Expected --customer with an e-mail address.');
  const email = Customer.shape.email.safeParse(customer.trim());
  if (!email.success) throw new UsageError(`Expected an e-mail address for --customer, found '${customer}'.`);
  return email.data;
}

/** @throws ExplainedError */
function expectErasable({ ended, open }: CustomerOrders, email: string, where: string): void {
  if (open.length > 0) {
    const list = open.map(({ orderId, status }) => `  ${orderId} (${status})`).join('\n');
    const what = 'Cancel them (POST /orders/{orderId}/cancel) or send them, then run it again. Nothing was erased.';
    throw new ExplainedError(`These orders are still to be sent, and need their address:\n${list}\n${what}`);
  }
  if (ended.length === 0) throw new ExplainedError(`No order of ${email} in ${where}. Nothing was erased.`);
}

function found({ ended, executions }: CustomerOrders, { rows, keys }: Erasure, isDone: boolean): string {
  const lines = [
    isDone ? 'Erased:' : 'Would be erased:',
    `  orders                ${formatCount(ended.length)}: ${ended.join(', ')}`,
    `  rows that say more    ${formatCount(rows)}`,
  ];
  if (keys.count > 0) {
    const until = new Date(keys.until * 1000).toISOString();
    lines.push(
      `${formatCount(keys.count)} idempotency keys say the address themselves: the table drops the last of them after ${until}.`,
    );
  }
  if (executions.length > 0) {
    lines.push(
      `Handed over with name and address to executions that keep their input: ${executions.join(', ')}.`,
      'Step Functions forgets it 90 days after their end; nobody can do so earlier.',
    );
  }
  lines.push(
    isDone
      ? 'What else may still say it, and until when: docs/operations/erase.md.'
      : 'Nothing was erased: --yes does it.',
  );
  return `${lines.join('\n')}\n`;
}
