import { z } from 'zod';
import { invalidParameter, SnsError } from './errors.ts';
import { type Form, listOf, textOf } from './wire.ts';

/** Of a message with its attributes, and of all messages of a batch together. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** Fewer than 100 printable ASCII characters, the first of them not a space. */
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]{0,98}$/;
/** Letters, digits and punctuation. */
const FIFO_ID = /^[\x21-\x7e]{1,128}$/;

export interface MessageAttribute {
  type: 'String' | 'String.Array' | 'Number' | 'Binary';
  value: string;
}

/** A message that SNS would take. */
export interface Message {
  subject: string | undefined;
  /** What protocols without a text of their own get. */
  default: string;
  /** What e-mail subscribers read. */
  email: string;
  attributes: Record<string, MessageAttribute>;
  sizeBytes: number;
  /** Of messages to FIFO topics. */
  ids: FifoIds | undefined;
}

export type OrderedMessage = Message & { ids: FifoIds };

export function isOrdered(message: Message): message is OrderedMessage {
  return message.ids !== undefined;
}

/** Whom a message has to wait for, and by what its repeat is known. */
export interface FifoIds {
  group: string;
  deduplicationId: string;
}

/**
 * Reads a message off a Publish request or an entry of a batch, under SNS's rules.
 * Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export function parseMessage(form: Form, isFifo: boolean): Message {
  const text = textOf(form.Message);
  const subject = textOf(form.Subject);
  if (!text) throw invalidParameter('Empty message');
  if (subject !== undefined && !SUBJECT.test(subject)) throw invalidParameter('Subject');
  const attributes = Object.fromEntries(listOf(form.MessageAttributes).map(parseAttribute));
  const sizeBytes = byteLength(text) + attributesLength(attributes);
  if (sizeBytes > MAX_MESSAGE_BYTES) throw invalidParameter('Message too long');
  const ids = isFifo ? parseIds(form) : noIds(form);
  return { subject, ...textsOf(text, textOf(form.MessageStructure)), attributes, sizeBytes, ids };
}

function parseIds(form: Form): FifoIds {
  const group = textOf(form.MessageGroupId);
  const deduplicationId = textOf(form.MessageDeduplicationId);
  if (!group) throw invalidParameter('The MessageGroupId parameter is required for FIFO topics');
  if (!deduplicationId) {
    throw invalidParameter(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  if (!FIFO_ID.test(group)) throw invalidParameter('MessageGroupId');
  if (!FIFO_ID.test(deduplicationId)) throw invalidParameter('MessageDeduplicationId');
  return { group, deduplicationId };
}

function noIds({ MessageDeduplicationId }: Form): undefined {
  if (MessageDeduplicationId !== undefined) {
    throw invalidParameter('MessageDeduplicationId Reason: it is not valid for this topic type');
  }
}

function textsOf(text: string, structure: string | undefined) {
  if (structure === undefined) return { default: text, email: text };
  if (structure !== 'json') throw invalidParameter('MessageStructure');
  const texts = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (!texts.success) throw invalidParameter('Message Structure - JSON message body failed to parse');
  const { default: fallback, email } = texts.data;
  if (typeof fallback !== 'string') {
    throw invalidParameter('Message Structure - No default entry in JSON message body');
  }
  // An entry that is not text is ignored, as SNS ignores it.
  return { default: fallback, email: typeof email === 'string' ? email : fallback };
}

function parseAttribute(entry: Form): [string, MessageAttribute] {
  const name = textOf(entry.Name) ?? '';
  const { DataType, StringValue, BinaryValue } = typeof entry.Value === 'object' ? entry.Value : {};
  const type = textOf(DataType) ?? '';
  const value = textOf(type === 'Binary' ? BinaryValue : StringValue);
  if (!/^[\w.-]{1,256}$/.test(name)) throw invalidAttribute(`The message attribute name '${name}' is invalid.`);
  if (!isAttributeType(type)) throw invalidAttribute(`The message attribute '${name}' has an invalid type '${type}'.`);
  if (!value) {
    throw invalidAttribute(`The message attribute '${name}' must contain a value for the attribute type '${type}'.`);
  }
  if (type === 'Number' && !Number.isFinite(Number(value))) {
    throw invalidAttribute(`Could not cast message attribute '${name}' value to number.`);
  }
  if (type === 'String.Array' && !Array.isArray(parseJson(value))) {
    throw invalidAttribute(`The message attribute '${name}' is not a list.`);
  }
  return [name, { type, value }];
}

function isAttributeType(type: string): type is MessageAttribute['type'] {
  return ['String', 'String.Array', 'Number', 'Binary'].includes(type);
}

function invalidAttribute(message: string) {
  return new SnsError('ParameterValueInvalid', message);
}

function attributesLength(attributes: Record<string, MessageAttribute>) {
  return Object.entries(attributes)
    .map(([name, { type, value }]) => byteLength(name) + byteLength(type) + byteLength(value))
    .reduce((sum, length) => sum + length, 0);
}

/** The attributes as the JSON that filter policies are matched against. */
export function attributesToFilter(attributes: Record<string, MessageAttribute>): Record<string, unknown> {
  const filterable = Object.entries(attributes).filter(([, { type }]) => type !== 'Binary');
  return Object.fromEntries(
    filterable.map(([name, { type, value }]) => [name, type === 'String' ? value : parseJson(value)]),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function byteLength(text: string) {
  return Buffer.byteLength(text);
}
