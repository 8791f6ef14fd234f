import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { documentClient } from '../../../core/platform/clients.ts';
import { inOrder } from './attributes.ts';
import type { Command, Sender } from './document-wire.ts';

/** The SDK's document client as the business has it, with answers in the order of their names: worlds are to be the same. */
export function sdkSender(client: DynamoDBClient): Sender {
  const documents: Sender = documentClient(client) as unknown as Sender;
  return {
    async send(command: Command) {
      try {
        return inOrder(await documents.send(command));
      } catch (error) {
        if (error instanceof TransactionCanceledException)
          error.CancellationReasons = inOrder(error.CancellationReasons);
        if (error instanceof ConditionalCheckFailedException && error.Item) error.Item = inOrder(error.Item);
        throw error;
      }
    },
  };
}
