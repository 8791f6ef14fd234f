/** An attribute's name, or the way to a nested one: `['shipments', '1']`. */
export type Path = string | readonly string[];

export type Condition = (expression: Expression) => string;

/** Collects the names and values of one request's expressions and hands out their placeholders. */
export class Expression {
  readonly #names = new Map<string, string>();
  readonly #values: unknown[] = [];

  path(path: Path): string {
    return (typeof path === 'string' ? [path] : path).map((name) => this.#name(name)).join('.');
  }

  value(value: unknown): string {
    this.#values.push(value);
    return `:v${this.#values.length - 1}`;
  }

  /** The request's fields for the placeholders that were handed out. */
  attributes(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, unknown>;
  } {
    return {
      ...(this.#names.size > 0 && {
        ExpressionAttributeNames: Object.fromEntries(
          [...this.#names].map(([name, placeholder]) => [placeholder, name]),
        ),
      }),
      ...(this.#values.length > 0 && {
        ExpressionAttributeValues: Object.fromEntries(this.#values.map((value, i) => [`:v${i}`, value])),
      }),
    };
  }

  #name(name: string): string {
    const placeholder = this.#names.get(name) ?? `#n${this.#names.size}`;
    this.#names.set(name, placeholder);
    return placeholder;
  }
}

export function conditionExpression(expression: Expression, conditions: readonly Condition[]): string {
  return conditions.map((condition) => condition(expression)).join(' AND ');
}

export const exists =
  (path: Path): Condition =>
  (e) =>
    `attribute_exists(${e.path(path)})`;
export const absent =
  (path: Path): Condition =>
  (e) =>
    `attribute_not_exists(${e.path(path)})`;
export const equals =
  (path: Path, value: unknown): Condition =>
  (e) =>
    `${e.path(path)} = ${e.value(value)}`;
export const atLeast =
  (path: Path, value: number): Condition =>
  (e) =>
    `${e.path(path)} >= ${e.value(value)}`;
export const atMost =
  (path: Path, value: number): Condition =>
  (e) =>
    `${e.path(path)} <= ${e.value(value)}`;
export const above =
  (path: Path, value: number): Condition =>
  (e) =>
    `${e.path(path)} > ${e.value(value)}`;
export const below =
  (path: Path, value: number | string): Condition =>
  (e) =>
    `${e.path(path)} < ${e.value(value)}`;
export const either =
  (...conditions: Condition[]): Condition =>
  (e) =>
    `(${conditions.map((condition) => condition(e)).join(' OR ')})`;
