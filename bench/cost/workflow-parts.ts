import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const DEFINITION = new URL('../../statemachines/order-fulfillment.asl.json', import.meta.url);
const CALLBACK = '.waitForTaskToken';

const Definition = z.object({
  States: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Resource: z.string().default(''),
      Arguments: z.object({ FunctionName: z.string() }).optional(),
    }),
  ),
});

/** What entering a state costs beside the entry. */
export interface WorkflowParts {
  /** The function in `functions/` that each state calls. */
  readonly functionOf: ReadonlyMap<string, string>;
  /** The states that wait until somebody answers their token. */
  readonly callbacks: ReadonlySet<string>;
}

export async function readWorkflow(): Promise<WorkflowParts> {
  const { States } = Definition.parse(JSON.parse(await readFile(DEFINITION, 'utf8')));
  const states = Object.entries(States);
  return {
    functionOf: new Map(
      states.flatMap(([name, { Arguments }]) => (Arguments ? [[name, fileOf(Arguments.FunctionName)]] : [])),
    ),
    callbacks: new Set(states.filter(([, { Resource }]) => Resource.endsWith(CALLBACK)).map(([name]) => name)),
  };
}

/** `${ReserveStock}` is `reserve-stock`. */
function fileOf(token: string): string {
  return token
    .replace(/[${}]/g, '')
    .replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();
}
