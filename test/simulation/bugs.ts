/** A mistake that somebody could make, in the words of a review, and the change of the code that makes it. */
export interface Bug {
  readonly name: string;
  readonly file: string;
  readonly was: string;
  readonly becomes: string;
}

/** Each has to be caught by the simulator. A change that no longer applies is an error, so that the list stays true. */
export const BUGS: readonly Bug[] = [
  {
    name: 'a newcomer is given units without asking whether somebody waits',
    file: 'core/reservations/decide-line.ts',
    was: "[atLeast('available', quantity), equals('backordered', 0)]",
    becomes: "[atLeast('available', quantity)]",
  },
  {
    name: 'units are promised without asking whether they are there',
    file: 'core/reservations/decide-line.ts',
    was: "[atLeast('available', quantity), equals('backordered', 0)]",
    becomes: "[equals('backordered', 0)]",
  },
  {
    name: 'the head of the queue is served although the level has changed since it was read',
    file: 'core/backorders/allocate.ts',
    was: "[equals('version', stock.version)]",
    becomes: '[]',
  },
  {
    name: 'the queue is not looked at when less is there than is waited for',
    file: 'core/reactors/stock-changed.ts',
    was: 'available > 0 && backordered > 0',
    becomes: 'available > 0 && backordered > 0 && available >= backordered',
  },
  {
    name: 'a receipt that comes twice counts twice',
    file: 'core/stock/receive.ts',
    was: '[...remember(answer), ...writes]',
    becomes: '[...writes]',
  },
  {
    name: 'a return that comes twice counts twice',
    file: 'core/warehouse/return.ts',
    was: '[...remember(answer), ...writes]',
    becomes: '[...writes]',
  },
  {
    name: 'a transaction that met another one is taken for done',
    file: 'core/platform/table/decide.ts',
    was: 'await backOff(attempt);',
    becomes: 'return answer;',
  },
  {
    name: 'who has ended stays in the queue',
    file: 'core/reservations/release.ts',
    was: 'return waiting > 0 ? [...level, dequeue(waiterOf(row, line), sku)] : level;',
    becomes: 'void dequeue; void waiterOf; return level;',
  },
  {
    name: 'what leaves is taken off the main warehouse, wherever it was',
    file: 'core/reservations/release.ts',
    was: '{ sku, location: row.location }, { allocated: -allocated }',
    becomes: "{ sku, location: 'main' }, { allocated: -allocated }",
  },
  {
    name: 'a movement forgets what became free',
    file: 'core/stock/levels.ts',
    was: 'const counters = { available, allocated, backordered, incoming };',
    becomes: 'const counters = { available: Math.min(0, available), allocated, backordered, incoming };',
  },
  {
    name: 'what has shipped can still be cancelled',
    file: 'core/orders/statuses.ts',
    was: "shipped: ['delivered'],",
    becomes: "shipped: ['delivered', 'cancelled'],",
  },
  {
    name: 'a task that opens after its work was done is not told',
    file: 'core/orders/tasks.ts',
    was: 'if (reached >= (progress(DONE_AT[taskStage]) ?? 0))',
    becomes: 'if (reached === (progress(DONE_AT[taskStage]) ?? 0))',
  },
  {
    name: 'an execution that was stopped is not replaced',
    file: 'core/reactors/sweep.ts',
    was: 'const isDead = dead.has(shipment.executionName) && isOpen(shipment.status);',
    becomes: 'const isDead = dead.has(shipment.executionName) && false;',
  },
  {
    name: 'a shipment is struck off though it has changed since it was read',
    file: 'core/orders/tasks.ts',
    was: "struck.when(equals('version', version))",
    becomes: 'version > 0 ? struck : struck',
  },
  {
    name: 'an inbound shipment is booked twice by two at once',
    file: 'core/inbound/book.ts',
    was: ".when(equals('version', version))",
    becomes: '.when()',
  },
  {
    name: 'an arrival counts for those behind whom it does not reach',
    file: 'core/promises/peg.ts',
    was: 'arrived < short',
    becomes: 'arrived < short - 1',
  },
  {
    name: 'a customer hears of every move of a date, however small',
    file: 'core/promises/date.ts',
    was: '> promises.toleranceHours * HOUR_MS',
    becomes: '> 0',
  },
  {
    name: 'low stock is reported again by a replay',
    file: 'core/alerts/low-stock.ts',
    was: 'if (!stock || stock.lowStockSince || !isLow(stock)) return { answer: undefined };',
    becomes: `if (!stock || !isLow(stock)) return { answer: undefined };
      if (stock.lowStockSince) {
        const { pk: _pk, sk: _sk, ...level } = stock;
        const again = { kind: 'low-stock', severity: 'warning', title: sku, leadTimeDays: 0, ...level };
        return { answer: undefined, writes: [raiseAlert(services, location, again)] };
      }`,
  },
  {
    name: 'an alert that has been decided is noted as sent before it is',
    file: 'core/alerts/send.ts',
    was: 'await topic.publish(alertMessage(alert));',
    becomes: 'void topic.publish(alertMessage(alert)).catch(() => {});',
  },
];
