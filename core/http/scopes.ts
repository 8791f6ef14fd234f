/** What a token may allow, and the words in which the document of the API says so. */
export const SCOPES = {
  'orders:read': 'see orders and how far they are',
  'orders:write': 'place, split, move up and cancel orders',
  'stock:read': 'see items, stock levels and movements',
  'stock:write': 'change items, receive and count stock',
  'warehouse:write': 'see open work, confirm picks, packs, shipments and deliveries',
  'insights:read': 'see what the merchant is told',
} as const;

export type Scope = keyof typeof SCOPES;

/** Who asks, as movements and timelines name it, and what it may do. */
export interface Caller {
  readonly actor: string;
  may(scope: Scope): boolean;
}
