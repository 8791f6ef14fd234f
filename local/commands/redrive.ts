import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { clientConfig } from '../client-config.ts';
import { DeadLetterBucket } from '../dead-letters/bucket.ts';
import type { DeadLetters } from '../dead-letters/dead-letter.ts';
import { DeadLetterDirectory } from '../dead-letters/directory.ts';
import { lambdaInvoker } from '../dead-letters/invoker.ts';
import { type Invoke, redeliver, type Unreadable, type Waiting, waitingLetters } from '../dead-letters/redrive.ts';
import { ExplainedError } from '../explained-error.ts';
import type { Endpoints } from '../fillrate.ts';
import { DEAD_LETTERS } from '../streams/poller.ts';
import { formatCount } from '../text.ts';
import { type Command, expectNoMore, UsageError } from './cli.ts';
import { STATE_DIRECTORY } from './state.ts';
import { StatusLine } from './status-line.ts';

const usage = `\
Lists what the readers of the table's stream gave up on and, if told to,
delivers it again: oldest first, each dead letter to the function that gave it
up. What is handled is removed. What fails again stays, and the rest goes on.

  npm run redrive
  npm run redrive -- --deliver
  npm run redrive -- --bucket NAME --deliver

  --deliver      delivers; without it nothing is changed
  --bucket NAME  dead letters in AWS (the stack's output DeadLetterBucketName),
                 with the region and the credentials that the AWS SDK finds
  --state DIR    without a bucket: what Fillrate keeps there, else ${STATE_DIRECTORY};
                 to deliver, it has to run
  --help         this text

It may be run twice, cut off, and run again: a delivery that is repeated does
nothing twice, but that an event may reach subscribers again (docs/events.md).

Exit code: 0 when nothing failed, 1 when something stays or cannot be read,
2 for wrong arguments.
`;

const options = {
  deliver: { type: 'boolean', default: false },
  bucket: { type: 'string' },
  state: { type: 'string' },
} as const;

export const redriveCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }, signal) => {
    expectNoMore(positionals);
    const { bucket, state = STATE_DIRECTORY } = values;
    if (bucket !== undefined && values.state !== undefined) {
      throw new UsageError('Either --bucket or --state, not both.');
    }
    const letters = bucket
      ? new DeadLetterBucket(new S3Client({}), bucket)
      : new DeadLetterDirectory(directoryIn(state));
    const line = new StatusLine(process.stderr);
    const { waiting, unreadable } = await waitingLetters(letters, (read) =>
      line.show(`  ${formatCount(read)} dead letters read`),
    ).catch((error: unknown) => {
      throw explained(letters, error);
    });
    line.finish();
    process.stdout.write(listing(letters, waiting, unreadable));
    if (!values.deliver || waiting.length === 0) {
      if (waiting.length > 0) process.stdout.write('Nothing was changed: --deliver delivers them again.\n');
      return unreadable.length === 0 ? 0 : 1;
    }
    const invoke = lambdaInvoker(bucket ? new LambdaClient({}) : await localLambda(state));
    const stayed = await deliver(letters, waiting, invoke, line, signal);
    return stayed + unreadable.length === 0 ? 0 : 1;
  },
};

const directoryIn = (stateDirectory: string) => join(stateDirectory, DEAD_LETTERS);

/** @throws ExplainedError where Fillrate does not run. */
async function localLambda(stateDirectory: string): Promise<LambdaClient> {
  const hint = `"npm start" starts it, and then this goes on`;
  const problem = new ExplainedError(`Fillrate does not run on ${stateDirectory}: ${hint}.`);
  const file = await readFile(join(stateDirectory, 'endpoints.json'), 'utf8').catch(() => undefined);
  const { lambda } = JSON.parse(file ?? '{}') as Partial<Endpoints>;
  if (lambda === undefined) throw problem;
  await fetch(lambda).catch((cause) => {
    problem.cause = cause;
    throw problem;
  });
  return new LambdaClient(clientConfig(lambda));
}

/** Delivers all of them; answers how many stay. */
async function deliver(
  letters: DeadLetters,
  waiting: readonly Waiting[],
  invoke: Invoke,
  line: StatusLine,
  signal: AbortSignal,
): Promise<number> {
  const counts = { handled: 0, stays: 0, gone: 0 };
  for (const [index, letter] of waiting.entries()) {
    signal.throwIfAborted();
    const delivery = await redeliver(letters, letter, invoke);
    counts[delivery.outcome]++;
    if (delivery.outcome === 'stays') line.say(`  stays: ${letter.key}\n    ${delivery.why}`);
    line.show(`  ${formatCount(index + 1)} of ${formatCount(waiting.length)} delivered, ${counts.stays} stay`);
  }
  line.finish();
  const gone = counts.gone === 0 ? '' : `, ${formatCount(counts.gone)} were gone already`;
  process.stdout.write(
    `Handled and removed ${formatCount(counts.handled)}, stay ${formatCount(counts.stays)}${gone}.\n`,
  );
  return counts.stays;
}

/** What is there, by function and reason, for people. */
function listing(letters: DeadLetters, waiting: readonly Waiting[], unreadable: readonly Unreadable[]): string {
  const lines = waiting.length === 0 ? [`No dead letters in ${letters.description}.`] : [headline(letters, waiting)];
  for (const [name, ofFunction] of Map.groupBy(waiting, ({ functionArn }) => functionArn)) {
    lines.push(`  ${name}`);
    for (const [condition, alike] of Map.groupBy(ofFunction, ({ condition }) => condition)) {
      const records = alike.reduce((sum, letter) => sum + letter.records, 0);
      lines.push(
        `    ${condition}: ${formatCount(alike.length)}, with ${formatCount(records)} records`,
        `    the oldest record of ${alike[0]?.firstRecordAt}, given up at ${alike[0]?.givenUpAt}`,
      );
    }
  }
  for (const { key, why } of unreadable) lines.push(`  no dead letter, left alone: ${key}`, `    ${why}`);
  return `${lines.join('\n')}\n`;
}

function headline(letters: DeadLetters, waiting: readonly Waiting[]): string {
  return `Dead letters in ${letters.description}: ${formatCount(waiting.length)}`;
}

function explained(letters: DeadLetters, error: unknown): unknown {
  if (!(error instanceof S3ServiceException)) return error;
  return new ExplainedError(`Dead letters in ${letters.description} cannot be read: ${error.name}: ${error.message}`, {
    cause: error,
  });
}
