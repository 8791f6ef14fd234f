/**
 * What cannot be counted here, because AWS's time is not ours. Each is a guess that somebody can replace by what their own bill and
 * their own metrics say.
 */
export interface Assumptions {
  /** Records of the stream in a call of their reader. One is the quiet shop, and the dearest; a batch takes 100. */
  readonly recordsPerInvocation: number;
  /** Milliseconds of one whole vCPU for each call of an AWS service, and for each invocation beside them. */
  readonly cpuMsPerCall: number;
  readonly cpuMsPerInvocation: number;
  /** Milliseconds that an answer takes, within a region. */
  readonly waitMs: {
    readonly item: number;
    readonly many: number;
    readonly transaction: number;
    readonly service: number;
  };
  /** Multiplies all times: the sensitivity. */
  readonly durationFactor: number;
  /** Of a hundred invocations, so many find no warm environment, and pay for its making. */
  readonly coldPercent: number;
  readonly initMs: number;
  /** Log lines that Lambda writes of each invocation, and the gateway of each request. */
  readonly platformLogBytes: number;
  readonly accessLogBytes: number;
  /** CloudWatch's own part of each line. */
  readonly bytesPerLogLine: number;
  /** Of a hundred requests, so many are traced: X-Ray's default rule, without its one a second. */
  readonly tracedPercent: number;
}

/** A whole vCPU comes with so much memory; less gets its share. */
export const MEGABYTES_PER_VCPU = 1_769;

export const assumptions: Assumptions = {
  recordsPerInvocation: 1,
  // bench/README.md: an order takes 17 ms of processor here, with some 20 calls in it, and the workflow engine and two HTTP servers.
  cpuMsPerCall: 0.75,
  cpuMsPerInvocation: 0.5,
  waitMs: { item: 5, many: 10, transaction: 15, service: 25 },
  durationFactor: 1,
  coldPercent: 1,
  // Loading takes 50 to 100 ms on a whole vCPU here, the environment as long again.
  initMs: 500,
  platformLogBytes: 700,
  accessLogBytes: 300,
  bytesPerLogLine: 26,
  tracedPercent: 5,
};
