// biome-ignore lint/suspicious/noExplicitAny: DynamoDB's JSON, as deep as an item.
type Attribute = any;

/**
 * An item out of DynamoDB's JSON, its attributes in the order of their names: the local database gives them in one that is different each
 * time, and worlds are to be the same. The table has numbers that a double holds, and no bytes or sets.
 */
export function fromAttributes(item: Record<string, Attribute>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(item).sort()) plain[name] = fromAttribute(item[name]);
  return plain;
}

function fromAttribute(attribute: Attribute): unknown {
  const [[type, value]] = Object.entries(attribute) as [[string, Attribute]];
  switch (type) {
    case 'S':
    case 'BOOL':
      return value;
    case 'N':
      return Number(value);
    case 'NULL':
      return null;
    case 'M':
      return fromAttributes(value);
    case 'L':
      return value.map(fromAttribute);
    default:
      throw new Error(`the table has no attributes of type ${type}`);
  }
}

/** DynamoDB's JSON, its attributes in the order of their names. */
export function inOrder(value: Attribute): Attribute {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, inOrder(value[name])]),
  );
}
