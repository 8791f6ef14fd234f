import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Bindings, Json } from './expressions.ts';
import type { Clock, Randomness } from './ports.ts';

/** Step Functions' limit on what $range may make. */
const MAX_RANGE_ITEMS = 1000;
const HASHES: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};
const formatTime = jsonata('$fromMillis($time, $picture, $timezone)');

/**
 * What Step Functions' JSONata has and the package has not, or has differently: $partition, $range, $hash, $random with
 * a seed, $uuid, $parse; no $eval. $now and $millis read the engine's clock, so that a virtual clock rules them too.
 */
export function stepFunctionsBindings(clock: Clock, random: Randomness): Bindings {
  return {
    eval: undefined,
    now: (picture?: string, timezone?: string) =>
      picture === undefined
        ? clock.now().toISOString()
        : formatTime.evaluate(undefined, { time: clock.now().getTime(), picture, timezone }),
    millis: () => clock.now().getTime(),
    uuid: () => random.uuid(),
    random: (seed?: number) => (seed === undefined ? random.fraction() : seededFraction(seed)),
    parse: (text?: string): Json | undefined => (text === undefined ? undefined : JSON.parse(text)),
    hash,
    partition,
    range,
  };
}

function hash(data?: Json, algorithm = 'SHA-256'): string | undefined {
  if (data === undefined) return undefined;
  const name = HASHES[algorithm];
  if (name === undefined) throw new Error(`$hash knows ${Object.keys(HASHES).join(', ')}, not ${algorithm}`);
  return createHash(name)
    .update(typeof data === 'string' ? data : JSON.stringify(data))
    .digest('hex');
}

function partition(list?: Json[] | Json, size?: number): Json[][] | undefined {
  if (list === undefined) return undefined;
  if (size === undefined || !Number.isInteger(size) || size < 1) {
    throw new Error('$partition needs a chunk size of at least 1');
  }
  const items = Array.isArray(list) ? list : [list];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function range(first: number, last: number, step: number): number[] {
  if (![first, last, step].every(Number.isInteger) || step === 0) {
    throw new Error('$range needs three integers and a step that is not 0');
  }
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  if (count > MAX_RANGE_ITEMS) throw new Error(`$range makes at most ${MAX_RANGE_ITEMS} items`);
  return Array.from({ length: count }, (_, i) => first + i * step);
}

/** The same fraction for the same seed, always: the first 52 bits of the seed's SHA-256. */
function seededFraction(seed: number): number {
  return Number.parseInt(createHash('sha256').update(String(seed)).digest('hex').slice(0, 13), 16) / 2 ** 52;
}
