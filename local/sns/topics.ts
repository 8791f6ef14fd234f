import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { FilterPattern, matches } from '../filter-pattern.ts';
import { invalidParameter, SnsError } from './errors.ts';
import { attributesToFilter, type Message } from './message.ts';

const ARN_PREFIX = 'arn:aws:sns:us-east-1:000000000000:';
const PROTOCOLS = ['email', 'email-json'];

export interface Subscription {
  arn: string;
  topicArn: string;
  protocol: string;
  endpoint: string;
  /** As it was given. */
  filterPolicy: string | undefined;
  pattern: FilterPattern;
}

/** Delivers in order, and each message once within five minutes. */
export function isFifo(topicArn: string): boolean {
  return topicArn.endsWith('.fifo');
}

/** Topics and who has subscribed to them. Both are made anew at each start, by calls that can be repeated. */
export class Topics {
  readonly #topics = new Map<string, Subscription[]>();

  create(name: string, isFifo: boolean): string {
    if (!(isFifo ? /^[\w-]{1,251}\.fifo$/ : /^[\w-]{1,256}$/).test(name)) throw invalidParameter('Topic Name');
    const topicArn = ARN_PREFIX + name;
    if (!this.#topics.has(topicArn)) this.#topics.set(topicArn, []);
    return topicArn;
  }

  list(): string[] {
    return [...this.#topics.keys()];
  }

  subscriptions(topicArn: string): Subscription[] {
    const subscriptions = this.#topics.get(topicArn);
    if (!subscriptions) throw new SnsError('NotFound', 'Topic does not exist', 404);
    return subscriptions;
  }

  /** Answers the subscription that the address has already, if it asks for the same. */
  subscribe(topicArn: string, protocol: string, endpoint: string, filterPolicy?: string): Subscription {
    const subscriptions = this.subscriptions(topicArn);
    if (!PROTOCOLS.includes(protocol)) throw invalidParameter('Does not support this protocol string');
    if (isFifo(topicArn)) throw invalidParameter('Endpoint Reason: a FIFO topic delivers to queues only');
    if (!z.email().safeParse(endpoint).success) throw invalidParameter('Email address');
    const existing = subscriptions.find((other) => other.endpoint === endpoint && other.protocol === protocol);
    if (existing && existing.filterPolicy !== filterPolicy) {
      throw invalidParameter('Attributes Reason: Subscription already exists with different attributes');
    }
    if (existing) return existing;
    const arn = `${topicArn}:${randomUUID()}`;
    const pattern = parsePolicy(filterPolicy ?? '{}');
    const subscription: Subscription = { arn, topicArn, protocol, endpoint, filterPolicy, pattern };
    subscriptions.push(subscription);
    return subscription;
  }

  /** The addresses that a message reaches. */
  recipients(topicArn: string, { attributes }: Message): string[] {
    const filterable = attributesToFilter(attributes);
    const reached = this.subscriptions(topicArn).filter(({ pattern }) => matches(pattern, filterable));
    return [...new Set(reached.map(({ endpoint }) => endpoint))];
  }
}

function parsePolicy(filterPolicy: string): FilterPattern {
  try {
    return FilterPattern.parse(JSON.parse(filterPolicy));
  } catch (error) {
    throw invalidParameter(`FilterPolicy: ${error instanceof z.ZodError ? z.prettifyError(error) : error}`);
  }
}
