import { format } from 'node:util';
import { vi } from 'vitest';
import { log } from '../../core/platform/log.ts';

/** A line of the log, as it is written. */
export type Line = Record<string, unknown> & { readonly level: string; readonly message: string };

/** A line that CloudWatch makes metrics of (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html). */
export type MetricLine = Record<string, unknown> & {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly string[][];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
};

/** What is written to the log while something happens, at the most talkative level. */
export async function logged(happens: () => unknown): Promise<Line[]> {
  return (await written(happens)).filter((line): line is Line => !('_aws' in line));
}

/** What is told of metrics while something happens: each value that a metric got, by its name and what it is split by. */
export async function measured(happens: () => unknown): Promise<Record<string, number>> {
  const lines = (await written(happens)).filter((line): line is MetricLine => '_aws' in line);
  const sums: Record<string, number> = {};
  for (const line of lines) {
    for (const { Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
      for (const { Name } of Metrics) {
        const split = Dimensions.flat().filter((name) => name !== 'service');
        const key = [Name, ...split.map((name) => line[name])].join(' ');
        sums[key] = (sums[key] ?? 0) + Number(line[Name]);
      }
    }
  }
  return sums;
}

/** Every line of JSON that the process writes while something happens. */
export async function written(happens: () => unknown): Promise<(Line | MetricLine)[]> {
  const text = await everythingWritten(happens);
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** All that the process writes while something happens, by whatever way. */
export async function everythingWritten(happens: () => unknown): Promise<string> {
  const text: string[] = [];
  const spies = [
    ...[process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((chunk) => text.push(String(chunk)) > 0),
    ),
    ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((method) =>
      vi.spyOn(console, method).mockImplementation((...words) => void text.push(`${format(...words)}\n`)),
    ),
  ];
  log.setLogLevel('DEBUG');
  try {
    await happens();
  } finally {
    log.setLogLevel('SILENT');
    for (const spy of spies) spy.mockRestore();
  }
  return text.join('');
}
