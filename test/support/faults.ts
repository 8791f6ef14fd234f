import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Services } from '../../core/platform/services.ts';

/** Where a function is cut off: at its nth request, before the database has it, or after it has committed and before the answer. */
export interface Cut {
  readonly atRequest: number;
  readonly when: 'before' | 'after';
}

/** The function was cut off, as by a Lambda timeout or a lost connection. */
export class CutOff extends Error {
  override name = 'CutOff';
}

/** Counts the requests of a client. */
export function countRequests(client: DynamoDBClient): { count: number; names: string[] } {
  const requests = { count: 0, names: [] as string[] };
  client.middlewareStack.add(
    (next, context) => (args) => {
      requests.count++;
      requests.names.push(context.commandName ?? '');
      return next(args);
    },
    { step: 'initialize', name: 'countRequests' },
  );
  return requests;
}

/** Cuts a client off for good. */
export function cutOff(client: DynamoDBClient, { atRequest, when }: Cut): void {
  let request = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      request++;
      const isHere = request === atRequest;
      if (request > atRequest || (isHere && when === 'before')) throw new CutOff(`before request ${request}`);
      try {
        return await next(args);
      } finally {
        // A refusal of the database is lost, too.
        if (isHere) cut(request);
      }
    },
    { step: 'initialize', name: 'cutOff' },
  );
}

function cut(request: number): never {
  throw new CutOff(`after request ${request}`);
}

/** Fails every request that says these words, as a row would that nobody can work with. */
export function failWhatSays(client: DynamoDBClient, words: string): void {
  client.middlewareStack.add(
    (next) => (args) => {
      if (JSON.stringify(args.input).includes(words)) throw new Error(`${words} cannot be worked with`);
      return next(args);
    },
    { step: 'initialize', name: 'failWhatSays' },
  );
}

/** The business up to its nth decision; the next one does not come about. */
export function cutOffAfterDecisions(services: Services, decisions: number): Services {
  return beforeEachDecision(services, async (nth) => {
    if (nth > decisions) throw new CutOff(`after ${decisions} decisions`);
  });
}

/** The business, with something else that happens after it has looked and before it decides. */
export function beforeEachDecision(services: Services, happens: (nth: number) => Promise<unknown>): Services {
  let made = 0;
  const decide: Services['table']['decide'] = async (...args) => {
    await happens(++made);
    return services.table.decide(...args);
  };
  const table = new Proxy(services.table, {
    get: (of, name: keyof Services['table']) => {
      if (name === 'decide') return decide;
      const member = of[name];
      return typeof member === 'function' ? member.bind(of) : member;
    },
  });
  return { ...services, table };
}
