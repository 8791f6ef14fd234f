import { tableDefinition } from './table-definition.ts';

/** Which items a write touches, and whether it is a transaction: those are what conflicts hang on. */
export interface ItemsTouched {
  isTransaction: boolean;
  items: string[];
}

const SINGLE_WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];
const KEY_NAMES = tableDefinition('').KeySchema.map((key) => key.AttributeName);

/** Reads them off a request. Answers nothing for requests that cannot conflict. */
export function itemsTouched(operation: string, body: string): ItemsTouched | undefined {
  if (operation === 'TransactWriteItems') {
    const { TransactItems = [] } = JSON.parse(body) as { TransactItems?: Record<string, ItemRequest>[] };
    const requests = TransactItems.flatMap((action) => Object.values(action));
    return { isTransaction: true, items: requests.map(nameOf) };
  }
  if (SINGLE_WRITES.includes(operation)) {
    return { isTransaction: false, items: [nameOf(JSON.parse(body) as ItemRequest)] };
  }
  return undefined;
}

interface ItemRequest {
  TableName?: string;
  Key?: Record<string, unknown>;
  Item?: Record<string, unknown>;
}

function nameOf({ TableName, Key, Item }: ItemRequest): string {
  const key = Key ?? Item ?? {};
  return JSON.stringify([TableName, ...KEY_NAMES.map((name) => key[name])]);
}

/** The items that writes in flight hold. A transaction holds alone; single writes queue up behind each other in DynamoDB. */
export class HeldItems {
  readonly #held = new Map<string, { transactions: number; singles: number }>();

  /** Which of the items a new write may not touch now, in the order given. */
  conflicts({ items, isTransaction }: ItemsTouched): boolean[] {
    return items.map((item) => {
      const holders = this.#held.get(item);
      if (!holders) return false;
      return holders.transactions > 0 || (isTransaction && holders.singles > 0);
    });
  }

  /** @returns a function that lets go of the items. */
  hold({ items, isTransaction }: ItemsTouched): () => void {
    const kind = isTransaction ? 'transactions' : 'singles';
    for (const item of items) {
      const holders = this.#held.get(item) ?? { transactions: 0, singles: 0 };
      holders[kind]++;
      this.#held.set(item, holders);
    }
    return () => {
      for (const item of items) {
        const holders = this.#held.get(item);
        if (!holders) continue;
        holders[kind]--;
        if (holders.transactions + holders.singles === 0) this.#held.delete(item);
      }
    };
  }
}
