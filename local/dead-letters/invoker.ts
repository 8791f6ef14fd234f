import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import type { Invoke } from './redrive.ts';

const FunctionError = z.object({ errorType: z.string().optional(), errorMessage: z.string().optional() });

/** Calls functions by Lambda's API, one by one, and waits for their answers. */
export function lambdaInvoker(client: LambdaClient): Invoke {
  return async (functionArn, payload) => {
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: functionArn,
        InvocationType: 'RequestResponse',
        Payload: Buffer.from(payload),
      }),
    );
    const text = answer.Payload?.transformToString() ?? '';
    if (answer.FunctionError !== undefined) throw new Error(`the function failed: ${explained(text)}`);
    return text;
  };
}

function explained(text: string): string {
  try {
    const { errorType, errorMessage } = FunctionError.parse(JSON.parse(text));
    return [errorType, errorMessage].filter(Boolean).join(': ') || 'it does not say why';
  } catch {
    return text || 'it does not say why';
  }
}
