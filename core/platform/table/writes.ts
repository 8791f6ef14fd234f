import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { type Condition, conditionExpression, Expression, exists, type Path } from './expressions.ts';
import type { Key } from './keys.ts';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** One item's part in a transaction. */
export interface Write {
  readonly key: Key;
  toTransactItem(tableName: string): TransactItem;
  /** What is to be said and counted of it once the transaction is written; not when it is found written already. */
  committed?(): void;
}

/** Writes a whole new item; fails where one is already there. */
export function create<Row extends Key>(row: Row): Write {
  return {
    key: { pk: row.pk, sk: row.sk },
    toTransactItem: (TableName) => ({
      Put: {
        TableName,
        Item: row,
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    }),
  };
}

/** Writes a whole item over whatever was there. */
export function overwrite<Row extends Key>(row: Row): Write {
  return { key: { pk: row.pk, sk: row.sk }, toTransactItem: (TableName) => ({ Put: { TableName, Item: row } }) };
}

/** Deletes an item; fails where there is none, or where it is not as the conditions say. */
export function remove(key: Key, ...conditions: Condition[]): Write {
  return {
    key,
    toTransactItem: (TableName) => {
      const expression = new Expression();
      const ConditionExpression = conditionExpression(expression, [exists('pk'), ...conditions]);
      return {
        Delete: {
          TableName,
          Key: { pk: key.pk, sk: key.sk },
          ConditionExpression,
          ...expression.attributes(),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      };
    },
  };
}

/** Changes nothing, but lets the transaction pass only where the conditions hold. */
export function check(key: Key, ...conditions: Condition[]): Write {
  return {
    key,
    toTransactItem: (TableName) => {
      const expression = new Expression();
      const ConditionExpression = conditionExpression(expression, conditions);
      return {
        ConditionCheck: {
          TableName,
          Key: { pk: key.pk, sk: key.sk },
          ConditionExpression,
          ...expression.attributes(),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      };
    },
  };
}

/** Starts a change of one item: `update(key).add('available', -2).when(atLeast('available', 2))`. */
export function update(key: Key): Update {
  return new Update(key);
}

export class Update implements Write {
  readonly #sets: ((expression: Expression) => string)[] = [];
  readonly #adds: ((expression: Expression) => string)[] = [];
  readonly #removes: ((expression: Expression) => string)[] = [];
  readonly #conditions: Condition[] = [];
  readonly #reports: (() => void)[] = [];
  readonly key: Key;

  constructor(key: Key) {
    this.key = { pk: key.pk, sk: key.sk };
  }

  set(path: Path, value: unknown): this {
    this.#sets.push((e) => `${e.path(path)} = ${e.value(value)}`);
    return this;
  }

  setAll(values: Record<string, unknown>): this {
    for (const [name, value] of Object.entries(values)) this.set(name, value);
    return this;
  }

  /** Sets the value only where the attribute is not there yet. */
  setDefault(path: Path, value: unknown): this {
    this.#sets.push((e) => `${e.path(path)} = if_not_exists(${e.path(path)}, ${e.value(value)})`);
    return this;
  }

  /** Adds to a number of the item's top level; an absent number counts as 0. Adding 0 is left out. */
  add(name: string, amount: number): this {
    if (amount !== 0) this.#adds.push((e) => `${e.path(name)} ${e.value(amount)}`);
    return this;
  }

  remove(...paths: Path[]): this {
    for (const path of paths) this.#removes.push((e) => e.path(path));
    return this;
  }

  when(...conditions: Condition[]): this {
    this.#conditions.push(...conditions);
    return this;
  }

  /** Has something said or counted once this is written. */
  onCommit(report: () => void): this {
    this.#reports.push(report);
    return this;
  }

  committed(): void {
    for (const report of this.#reports) report();
  }

  toTransactItem(TableName: string): TransactItem {
    const expression = new Expression();
    const clause = (verb: string, parts: ((e: Expression) => string)[]) =>
      parts.length > 0 ? [`${verb} ${parts.map((part) => part(expression)).join(', ')}`] : [];
    const UpdateExpression = [
      ...clause('SET', this.#sets),
      ...clause('ADD', this.#adds),
      ...clause('REMOVE', this.#removes),
    ].join(' ');
    const ConditionExpression = conditionExpression(expression, this.#conditions);
    return {
      Update: {
        TableName,
        Key: this.key,
        UpdateExpression,
        ...(ConditionExpression && { ConditionExpression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }),
        ...expression.attributes(),
      },
    };
  }
}
