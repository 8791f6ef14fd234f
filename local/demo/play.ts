import { type AuditReport, audit } from '../../core/audit/audit.ts';
import { ApiClient } from '../api-client.ts';
import type { Fillrate } from '../fillrate.ts';
import { importCatalogue } from '../import/catalogue.ts';
import { receiveDeliveries } from '../import/deliveries.ts';
import type { AnnouncedLine, Delivery, InboundMove, ReadOrder } from '../import/entries.ts';
import { announceAll, moveAll } from '../import/inbound.ts';
import { placeOrders } from '../import/orders.ts';
import { Robot } from '../robot.ts';
import type { OutboxEntry } from '../sns/outbox.ts';
import type { Story } from './files.ts';
import { type Tally, tally } from './tally.ts';

const PROGRESS_INTERVAL_MS = 200;
/** As many messages as an outbox keeps. */
const ALL_MESSAGES = 5000;

/** How far the play is. */
export interface Progress {
  readonly skus: number;
  stocked: number;
  readonly orders: number;
  placed: number;
  alerts: number;
  readonly robot: Robot['confirmed'];
}

/** What is shown of an event; the facts beside it are those of its type. */
interface OrderEventSaid {
  readonly type: string;
  readonly orderId: string;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly reason?: string;
}

export interface Outcome {
  readonly tally: Tally;
  readonly audit: AuditReport;
  /** What other systems were told of orders, oldest first. */
  readonly events: readonly OrderEventSaid[];
  /** What the merchant was sent, oldest first. */
  readonly alerts: readonly OutboxEntry[];
  readonly milliseconds: number;
}

/**
 * Plays a story on an empty system, through its HTTP API: loads the catalogue, places the orders in their order, lets each delivery
 * arrive when its time has come and what was placed before has found its place, while a robot does the work of the warehouse. Ends when
 * nothing is left to do.
 */
export async function play(
  fillrate: Fillrate,
  story: Story,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<Outcome> {
  const startedAt = performance.now();
  const api = new ApiClient(fillrate.endpoints.api, { signal });
  const robot = new Robot(api);
  const { catalogue, orders } = story;
  const counts = { skus: catalogue.entries.length, stocked: 0, orders: orders.entries.length, placed: 0, alerts: 0 };
  const progress: Progress = { ...counts, robot: robot.confirmed };
  const tell = () => {
    progress.stocked = catalogue.report.taken;
    progress.alerts = sentMessages(fillrate).length;
    onProgress(progress);
  };
  const ticker = setInterval(tell, PROGRESS_INTERVAL_MS);
  try {
    await importCatalogue(api, catalogue.entries, catalogue.report);
    for (const act of actsOf(story)) {
      await placeOrders(api, act.orders, orders.report, () => progress.placed++);
      await fillrate.settled();
      await suppliersDo(api, story, act);
      await fillrate.settled();
    }
    await finish(fillrate, robot);
  } finally {
    clearInterval(ticker);
    await robot.stop();
  }
  tell();
  return {
    tally: await tally(fillrate.services),
    audit: await audit(fillrate.services),
    events: fillrate.events().map(({ message }) => JSON.parse(message) as OrderEventSaid),
    alerts: sentMessages(fillrate),
    milliseconds: performance.now() - startedAt,
  };
}

function sentMessages(fillrate: Fillrate): OutboxEntry[] {
  return fillrate.outbox({ limit: ALL_MESSAGES }).items.reverse();
}

/** Orders that are placed one after another, and what suppliers announce, move and bring once they have been. */
interface Act {
  readonly orders: readonly ReadOrder[];
  readonly announced: readonly AnnouncedLine[];
  readonly moves: readonly InboundMove[];
  readonly deliveries: readonly Delivery[];
}

/** The story between one word of a supplier and the next. What comes after more orders than there are comes in the end. */
function actsOf(story: Story): Act[] {
  const orders = story.orders.entries;
  const timeOf = ({ afterOrder }: { afterOrder: number }) => Math.min(afterOrder, orders.length);
  const suppliers = [story.inbound, story.moves, story.deliveries].flatMap((read) => [...(read?.entries ?? [])]);
  const times = [...new Set([...suppliers.map(timeOf), orders.length])].sort((a, b) => a - b);
  return times.map((time, i) => {
    const isNow = (entry: { afterOrder: number }) => timeOf(entry) === time;
    return {
      orders: orders.slice(times[i - 1] ?? 0, time),
      announced: story.inbound?.entries.filter(isNow) ?? [],
      moves: story.moves?.entries.filter(isNow) ?? [],
      deliveries: story.deliveries?.entries.filter(isNow) ?? [],
    };
  });
}

async function suppliersDo(api: ApiClient, { inbound, moves, deliveries }: Story, act: Act): Promise<void> {
  const now = new Date();
  if (inbound) await announceAll(api, act.announced, now, inbound.report);
  if (moves) await moveAll(api, act.moves, now, moves.report);
  const announced = new Set(inbound?.entries.map(({ inboundShipmentId }) => inboundShipmentId));
  if (deliveries) await receiveDeliveries(api, act.deliveries, deliveries.report, announced);
}

/** Nothing is left to do when the robot has found nothing since the system came to rest. */
async function finish(fillrate: Fillrate, robot: Robot): Promise<void> {
  const done = () => robot.confirmed.pick + robot.confirmed.pack + robot.confirmed.ship;
  let before: number;
  do {
    before = done();
    await fillrate.settled();
    await robot.idle();
  } while (done() > before);
}
