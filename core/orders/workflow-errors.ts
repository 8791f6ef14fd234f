/** The errors that the workflow catches by name: each `name` is a word in the state machine's `ErrorEquals`. */

/** The name is told through a task's token too. The class's own will not do there: it is another one once the code is minified. */
export const ORDER_CANCELLED = 'OrderCancelled';

/** The shipment has ended in the meantime: nothing is left to do but to give back what it holds. */
export class OrderCancelled extends Error {
  override name = ORDER_CANCELLED;
}

/** Units that were allocated are no longer: the shipment has to wait again. */
export class StillWaiting extends Error {
  override name = 'StillWaiting';
}

/** The warehouse found fewer units than were promised. Told through the task's token, never thrown. */
export const SHORT_PICK = 'ShortPick';

/** The customer takes what is there now, and waits for the rest. Told through the task's token, never thrown. */
export const SPLIT_CHOSEN = 'SplitChosen';

/** What the execution was started with is not an order or a shipment. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
}

/** Another order has this id already. */
export class OrderIdTaken extends Error {
  override name = 'OrderIdTaken';
}
