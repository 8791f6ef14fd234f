/** The name of an execution that takes the place of another. It is a new one, as a name is taken for ninety days. */
export function nextExecutionName(shipmentId: string, now: Date): string {
  return `${shipmentId}${NEXT}${Math.floor(now.getTime() / 1000).toString(36)}`;
}

const NEXT = '-r';

/** Whether the execution is ours to start: not one that brought its order along, under a name of its own. */
export function isOurs(executionName: string, shipmentId: string): boolean {
  return executionName === shipmentId || executionName.startsWith(`${shipmentId}${NEXT}`);
}
