import type { JournalRecord } from './records.ts';

/** One event as GetExecutionHistory gives it. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: number;
  type: string;
  [details: string]: unknown;
}

type Event = { type: string; [details: string]: unknown };
interface Position {
  state: string;
  type: string;
  event: number;
}

/**
 * Derives the service's events from an execution's records. Task events are the general ones (`Task…`) for a bare
 * function ARN as well, for which the service has older names (`LambdaFunction…`).
 */
export function historyEvents(records: readonly JournalRecord[], withData: boolean): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const positions = new Map<string, Position>();
  for (const record of records) {
    const thread = record.thread ?? '';
    let position = positions.get(thread);
    for (const { type, ...details } of eventsOf(record, position)) {
      const previousEventId = position?.event ?? positions.get(parentOf(thread))?.event ?? 0;
      const id = events.length + 1;
      events.push({ id, previousEventId, timestamp: record.at / 1000, type, ...(withData ? details : bare(details)) });
      position = { state: '', type: '', ...position, event: id };
    }
    if (record.kind === 'started' || record.kind === 'entered') {
      position = { state: record.state, type: record.type, event: events.length };
    }
    if (position !== undefined) positions.set(thread, position);
  }
  return events;
}

const parentOf = (thread: string): string => thread.replace(/\/?\d+$/, '');

function eventsOf(record: JournalRecord, at: Position | undefined): Event[] {
  const exit = (output: string): Event[] =>
    at === undefined ? [] : [{ type: `${at.type}StateExited`, stateExitedEventDetails: { name: at.state, output } }];
  switch (record.kind) {
    case 'started':
      return [{ type: 'ExecutionStarted', executionStartedEventDetails: { input: record.input } }, entered(record)];
    case 'entered':
      return [...exit(record.input), entered(record)];
    case 'scheduled':
      return scheduled(record);
    case 'submitted':
      return [{ type: 'TaskSubmitted', taskSubmittedEventDetails: RESOURCE }];
    case 'forked':
      return at?.type === 'Map'
        ? [{ type: 'MapStateStarted', mapStateStartedEventDetails: { length: record.inputs.length } }]
        : [{ type: 'ParallelStateStarted' }];
    case 'finished':
      return finished(record.result, at);
    case 'failed':
      return failed(record.error, record.cause, at);
    case 'exited':
      return exit(record.output);
    case 'ended':
      return ended(record, at);
    default:
      return [];
  }
}

const RESOURCE = { resourceType: 'lambda', resource: 'invoke' };

const entered = (record: { state: string; type: string; input: string }): Event => ({
  type: `${record.type}StateEntered`,
  stateEnteredEventDetails: { name: record.state, input: record.input },
});

function scheduled(record: Extract<JournalRecord, { kind: 'scheduled' }>): Event[] {
  const { functionName, payload, token } = record;
  const resource = token === undefined ? 'invoke' : 'invoke.waitForTaskToken';
  const parameters = `{"FunctionName":${JSON.stringify(functionName)},"Payload":${payload}}`;
  const details = { resourceType: 'lambda', resource, region: 'us-east-1', parameters };
  return [
    { type: 'TaskScheduled', taskScheduledEventDetails: details },
    { type: 'TaskStarted', taskStartedEventDetails: { resourceType: 'lambda', resource } },
  ];
}

function finished(output: string | undefined, at: Position | undefined): Event[] {
  if (at?.type === 'Task') return [{ type: 'TaskSucceeded', taskSucceededEventDetails: { ...RESOURCE, output } }];
  return at?.type === 'Parallel' || at?.type === 'Map' ? [{ type: `${at.type}StateSucceeded` }] : [];
}

function failed(error: string, cause: string | undefined, at: Position | undefined): Event[] {
  const why = { error, ...(cause !== undefined && { cause }) };
  if (at?.type === 'Parallel' || at?.type === 'Map') return [{ type: `${at.type}StateFailed` }];
  if (error === 'States.QueryEvaluationError') {
    return [{ type: 'EvaluationFailed', evaluationFailedEventDetails: { ...why, state: at?.state ?? '' } }];
  }
  if (at?.type !== 'Task') return [];
  return error === 'States.Timeout' || error === 'States.HeartbeatTimeout'
    ? [{ type: 'TaskTimedOut', taskTimedOutEventDetails: { ...RESOURCE, ...why } }]
    : [{ type: 'TaskFailed', taskFailedEventDetails: { ...RESOURCE, ...why } }];
}

function ended(record: Extract<JournalRecord, { kind: 'ended' }>, at: Position | undefined): Event[] {
  const { status, output = '', error, cause } = record;
  const why = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
  switch (status) {
    case 'SUCCEEDED':
      return [
        ...(at === undefined
          ? []
          : [{ type: `${at.type}StateExited`, stateExitedEventDetails: { name: at.state, output } }]),
        { type: 'ExecutionSucceeded', executionSucceededEventDetails: { output } },
      ];
    case 'FAILED':
      return [{ type: 'ExecutionFailed', executionFailedEventDetails: why }];
    case 'TIMED_OUT':
      return [{ type: 'ExecutionTimedOut', executionTimedOutEventDetails: why }];
    case 'ABORTED':
      return [{ type: 'ExecutionAborted', executionAbortedEventDetails: why }];
  }
}

/** The details of an event without its data: what `includeExecutionData: false` leaves. */
function bare(details: object): object {
  const isData = (field: string) => ['input', 'output', 'parameters', 'error', 'cause'].includes(field);
  const strip = (value: unknown) =>
    Object.fromEntries(Object.entries(value as object).filter(([field]) => !isData(field)));
  return Object.fromEntries(Object.entries(details).map(([field, value]) => [field, strip(value)]));
}
