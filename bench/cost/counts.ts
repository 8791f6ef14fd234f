import { z } from 'zod';

const ByName = z.record(z.string(), z.number());

/** What AWS bills and limits, for one thing that happened. All of it is counted on the real system, none of it is timed. */
export const Counts = z.strictObject({
  /** Executions that were started. */
  executions: z.number(),
  /** Entries into states and retries. */
  transitions: z.number(),
  /** Tasks that wait for a token and were answered. */
  taskAnswers: z.number(),
  apiRequests: z.number(),
  /** Of the API and of the states, by the function's name. */
  invocations: ByName,
  /** Records of the table's stream that each reader is handed, by the function's name. */
  streamRecords: ByName,
  readUnits: z.number(),
  /** With those of the indexes. */
  writeUnits: z.number(),
  writeUnitsByIndex: ByName,
  /** Requests to DynamoDB: by who makes them and the operation, such as `api GetItem`. */
  tableRequests: ByName,
  /** Messages for other systems, on the ordered topic. */
  events: z.number(),
  /** Messages for the merchant. */
  alerts: z.number(),
  /** What the functions log: lines, and their bytes in UTF-8. */
  logLines: z.number(),
  logBytes: z.number(),
  /** By how much table and indexes grew, as DynamoDB measures items. */
  storedBytes: z.number(),
  /** Writes to the most wanted item: the level of one SKU. */
  levelWrites: z.number(),
});
export type Counts = z.infer<typeof Counts>;

/** Of the deployed stack: what is paid by the month. */
export const Monthly = z.strictObject({
  /** Metrics that alarms watch: an alarm on a sum of eight is billed as eight. */
  alarmMetrics: z.number(),
  dashboards: z.number(),
  /** Encryption keys of our own. */
  keys: z.number(),
  /** Clients of our own user pool that get tokens without a person. */
  machineClients: z.number(),
  /** Time series of our own, by the dimensions that the shapes made. */
  customMetrics: z.number(),
  /** One run of the sweeper while nothing is amiss. */
  sweep: Counts,
  sweepsPerMonth: z.number(),
});
export type Monthly = z.infer<typeof Monthly>;

/** What `npm run cost` has counted, as it is kept in measured.json. */
export const Measured = z.strictObject({
  shapes: z.record(z.string(), Counts),
  monthly: Monthly,
  /** Requests a second that the deployed API takes. */
  throttlePerSecond: z.number(),
  /** Calls at once for which the API's function has room; nothing where it shares the account's. */
  apiConcurrency: z.number().optional(),
  /** Megabytes of memory of each function. */
  memory: ByName,
});
export type Measured = z.infer<typeof Measured>;
