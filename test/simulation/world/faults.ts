import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { Command } from './document-wire.ts';
import type { Random } from './random.ts';

/** What can happen to a call on its way. */
export type FaultKind =
  /** It does not arrive. */
  | 'lost'
  /** It arrives, its answer does not. */
  | 'answer-lost'
  /** Its answer is late, so the SDK sends it again. */
  | 'sent-twice'
  | 'throttled'
  | 'conflict'
  /** The caller is gone before it is made, or right after: a time-out, a crash. */
  | 'died-before'
  | 'died-after';

/** A fault that happens, by the name of the call that it happens to. */
export interface Fault {
  readonly call: string;
  readonly kind: FaultKind;
}

/** How often what goes wrong, as shares of all calls. */
export type FaultRates = Readonly<Record<FaultKind, number>>;

export const NO_FAULTS: FaultRates = {
  lost: 0,
  'answer-lost': 0,
  'sent-twice': 0,
  throttled: 0,
  conflict: 0,
  'died-before': 0,
  'died-after': 0,
};

const WRITES = new Set(['PutCommand', 'UpdateCommand', 'DeleteCommand', 'TransactWriteCommand']);

/** Draws what happens to a call, the same whatever else happens. */
export function drawFault(random: Random, rates: FaultRates, command: Command): FaultKind | undefined {
  let left = random.fraction();
  for (const [kind, rate] of Object.entries(rates) as [FaultKind, number][]) {
    left -= rate;
    if (left < 0) return kind === 'conflict' && !WRITES.has(command.constructor.name) ? undefined : kind;
  }
  return undefined;
}

export function connectionLost(): Error {
  return Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
}

/** The error with which DynamoDB refuses a call without having done anything. */
export function refusal(kind: 'throttled' | 'conflict', { constructor: { name }, input }: Command): Error {
  const code = kind === 'conflict' ? 'TransactionConflict' : 'ThrottlingError';
  if (name !== 'TransactWriteCommand') {
    const error = kind === 'conflict' ? 'TransactionConflictException' : 'ThrottlingException';
    return Object.assign(new Error(error), { name: error });
  }
  const { TransactItems } = input as { TransactItems: object[] };
  const CancellationReasons = TransactItems.map((_, i) => ({ Code: i === 0 ? code : 'None' }));
  return new TransactionCanceledException({ message: 'Transaction cancelled', $metadata: {}, CancellationReasons });
}
