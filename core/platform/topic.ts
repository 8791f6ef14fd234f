import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';

/** SNS takes e-mail subjects of fewer than 100 printable ASCII characters. */
const MAX_SUBJECT_LENGTH = 99;

export interface Message {
  readonly subject: string;
  /** What a person reads in an e-mail. */
  readonly text: string;
  /** What a machine reads. */
  readonly json: object;
  /** What subscriptions can filter by. */
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** An SNS topic. E-mail subscribers get the text, everybody else the JSON. */
export class Topic {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async publish({ subject, text, json, attributes }: Message): Promise<void> {
    const body = JSON.stringify(json);
    await this.#client.send(
      new PublishCommand({
        TopicArn: this.#topicArn,
        Subject: asSubject(subject),
        MessageStructure: 'json',
        Message: JSON.stringify({ default: body, email: text, 'email-json': body }),
        MessageAttributes: messageAttributes(attributes),
      }),
    );
  }
}

export function messageAttributes(attributes: Readonly<Record<string, string | number>>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
    ]),
  );
}

function asSubject(text: string): string {
  const ascii = text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .trim();
  return ascii.length <= MAX_SUBJECT_LENGTH ? ascii : `${ascii.slice(0, MAX_SUBJECT_LENGTH - 3)}...`;
}
