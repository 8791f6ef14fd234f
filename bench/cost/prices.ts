/** US East (N. Virginia), on demand, without free tiers, savings plans and taxes. Dollars. */
export const REGION = 'us-east-1';

/** When somebody last went through this table. */
export const PRICES_AS_OF = '2026-11-24';

export interface Price {
  readonly dollars: number;
  readonly per: string;
  /** How many of what is counted `dollars` buy. */
  readonly units: number;
  /** Where AWS says it. */
  readonly source: string;
  /**
   * Nobody here could open AWS's pages while this was written. `copy`: read in a stored copy of the page or in an article that
   * quotes it, of the date given. `memory`: believed, not looked up.
   */
  readonly known: `copy of ${string}` | 'memory';
}

const MILLION = 1_000_000;
/** CloudWatch and SNS bill gigabytes of 2^30 bytes; so does DynamoDB. */
const GB = 2 ** 30;

export const prices = {
  stateTransition: {
    dollars: 25,
    per: 'million state transitions (Standard)',
    units: MILLION,
    source: 'https://aws.amazon.com/step-functions/pricing/',
    known: 'copy of 2026-03',
  },
  writeUnit: {
    dollars: 0.625,
    per: 'million write request units',
    units: MILLION,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    known: 'copy of 2025-07',
  },
  readUnit: {
    dollars: 0.125,
    per: 'million read request units',
    units: MILLION,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    known: 'copy of 2025-07',
  },
  storage: {
    dollars: 0.25,
    per: 'GB-month in the table',
    units: GB,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    known: 'memory',
  },
  recovery: {
    dollars: 0.2,
    per: 'GB-month of point-in-time recovery',
    units: GB,
    source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
    known: 'memory',
  },
  invocation: {
    dollars: 0.2,
    per: 'million invocations',
    units: MILLION,
    source: 'https://aws.amazon.com/lambda/pricing/',
    known: 'copy of 2024',
  },
  gigabyteSecond: {
    dollars: 0.0000133334,
    per: 'GB-second, Arm',
    units: 1,
    source: 'https://aws.amazon.com/lambda/pricing/',
    known: 'copy of 2024',
  },
  apiRequest: {
    dollars: 1,
    per: 'million requests (HTTP API)',
    units: MILLION,
    source: 'https://aws.amazon.com/api-gateway/pricing/',
    known: 'memory',
  },
  orderedMessage: {
    dollars: 0.3,
    per: 'million publishes (FIFO)',
    units: MILLION,
    source: 'https://aws.amazon.com/sns/pricing/',
    known: 'copy of 2026-06',
  },
  message: {
    dollars: 0.5,
    per: 'million publishes (standard)',
    units: MILLION,
    source: 'https://aws.amazon.com/sns/pricing/',
    known: 'copy of 2026-06',
  },
  email: {
    dollars: 2,
    per: '100,000 e-mails',
    units: 100_000,
    source: 'https://aws.amazon.com/sns/pricing/',
    known: 'copy of 2026-06',
  },
  logByte: {
    dollars: 0.5,
    per: 'GB of logs taken in',
    units: GB,
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    known: 'copy of 2026-06',
  },
  customMetric: {
    dollars: 0.3,
    per: 'custom metric and month',
    units: 1,
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    known: 'copy of 2026-02',
  },
  alarmMetric: {
    dollars: 0.1,
    per: 'metric that an alarm watches, and month',
    units: 1,
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    known: 'memory',
  },
  dashboard: {
    dollars: 3,
    per: 'dashboard and month',
    units: 1,
    source: 'https://aws.amazon.com/cloudwatch/pricing/',
    known: 'copy of 2026-06',
  },
  key: {
    dollars: 1,
    per: 'key and month',
    units: 1,
    source: 'https://aws.amazon.com/kms/pricing/',
    known: 'memory',
  },
  trace: {
    dollars: 5,
    per: 'million traces recorded',
    units: MILLION,
    source: 'https://aws.amazon.com/xray/pricing/',
    known: 'memory',
  },
  machineClient: {
    dollars: 6,
    per: 'machine client and month',
    units: 1,
    source: 'https://aws.amazon.com/cognito/pricing/',
    known: 'copy of 2025-05',
  },
  token: {
    dollars: 2.25,
    per: '1,000 tokens for machines',
    units: 1_000,
    source: 'https://aws.amazon.com/cognito/pricing/',
    known: 'copy of 2025-05',
  },
  scheduledCall: {
    dollars: 1,
    per: 'million calls of a schedule',
    units: MILLION,
    source: 'https://aws.amazon.com/eventbridge/pricing/',
    known: 'memory',
  },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;

export function dollarsFor(name: PriceName, count: number): number {
  const { dollars, units } = prices[name];
  return (count / units) * dollars;
}
