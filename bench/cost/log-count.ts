const METRICS = '_aws';

interface Emf {
  readonly [METRICS]?: {
    readonly CloudWatchMetrics?: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** Counts what this process writes to its standard output, which in Lambda goes to the log. It is not written out any more. */
export class LogCount {
  #lines = 0;
  #bytes = 0;
  readonly #metrics = new Set<string>();
  readonly #write = process.stdout.write;

  constructor() {
    process.stdout.write = (chunk: string | Uint8Array) => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) this.#take(line);
      return true;
    };
  }

  /** What has come since the last call. */
  take(): { logLines: number; logBytes: number } {
    const taken = { logLines: this.#lines, logBytes: this.#bytes };
    this.#lines = 0;
    this.#bytes = 0;
    return taken;
  }

  /** How many time series CloudWatch has made of the lines in its metric format so far. */
  get customMetrics(): number {
    return this.#metrics.size;
  }

  stop(): void {
    process.stdout.write = this.#write;
  }

  #take(line: string): void {
    this.#lines += 1;
    this.#bytes += Buffer.byteLength(line);
    if (line.includes(METRICS)) for (const name of seriesOf(line)) this.#metrics.add(name);
  }
}

function seriesOf(line: string): string[] {
  const said = JSON.parse(line) as Emf & Record<string, unknown>;
  return (said[METRICS]?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((dimensions) =>
      Metrics.map(({ Name }) => [Namespace, Name, ...dimensions.map((name) => `${name}=${said[name]}`)].join(' ')),
    ),
  );
}
