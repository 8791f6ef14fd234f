import { createHash } from 'node:crypto';
import type { Services } from './services.ts';
import type { Seen } from './table/decide.ts';
import { type Key, keys } from './table/keys.ts';
import { create, type Write } from './table/writes.ts';

/** How long a repeat is recognized. The table's time to live removes the record after it. */
const REMEMBERED_SECONDS = 7 * 24 * 3600;

/** A client's own name for a request, and a hash of what it asked for. */
export interface IdempotentRequest {
  readonly key: string;
  readonly fingerprint: string;
}

/** The key has been used for a request that asked for something else. */
export class IdempotencyKeyReused extends Error {
  override name = 'IdempotencyKeyReused';
}

export interface AnswerRow extends Key {
  readonly fingerprint: string;
  /** Absent once it has been erased; a repeat is refused then. */
  readonly answer?: unknown;
  readonly expiresAt: number;
}

/** A hash that is the same for documents that say the same, whatever the order of their fields. */
export function fingerprintOf(document: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(document)))
    .digest('base64url');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

/**
 * Ties an answer to the client's key in the transaction that does the work: `answered` is the answer to an earlier try, as far as
 * it has been seen, and `remember` is the write that keeps this one's.
 */
export function idempotency<Answer>({ table, now, actor }: Services, request: IdempotentRequest | undefined) {
  const key = request && keys.idempotency(actor, request.key);
  return {
    /** Reads the earlier answer, for work that may be refused before anything is written. Read after what the refusal hangs on. */
    async recall(seen: Seen): Promise<Seen> {
      return key ? seen.set(key, await table.get(key)) : seen;
    },
    /** @throws IdempotencyKeyReused */
    answered(seen: Seen): Answer | undefined {
      const row = key && seen.get<AnswerRow>(key);
      if (!row) return undefined;
      if (row.fingerprint !== request?.fingerprint) {
        throw new IdempotencyKeyReused('this Idempotency-Key came with another request before');
      }
      return row.answer as Answer;
    },
    remember(answer: Answer): Write[] {
      if (!key || !request) return [];
      const expiresAt = Math.floor(now().getTime() / 1000) + REMEMBERED_SECONDS;
      return [create<AnswerRow>({ ...key, fingerprint: request.fingerprint, answer, expiresAt })];
    },
  };
}
