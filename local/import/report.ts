import { ExplainedError } from '../explained-error.ts';
import { formatCount } from '../text.ts';

/** The summary names this many lines for each reason. */
const LINES_NAMED = 5;

/** A file that cannot be imported at all. */
export class ImportError extends ExplainedError {
  override name = 'ImportError';
}

/** What was not taken, or taken otherwise than it stands there. */
export interface Remark {
  readonly file: string;
  readonly line: number;
  /** Where it is more than one line. */
  readonly lastLine?: number;
  /** The same for all that are alike. */
  readonly reason: string;
  readonly found?: string;
}

interface Group {
  /** Lines, and how often they were remarked on together. */
  count: number;
  remarks: number;
  readonly lines: string[];
}

/** What an import took and what it did not, and why. It keeps counts and examples; each remark is said as it is made. */
export class ImportReport {
  taken = 0;
  /** Taken before, by an import of the same file, and left as it is. */
  known = 0;
  readonly #say: (text: string) => void;
  readonly #skipped = new Map<string, Group>();
  readonly #noted = new Map<string, Group>();

  constructor(say: (text: string) => void = () => {}) {
    this.#say = say;
  }

  /** Lines left out. */
  get skipped(): number {
    return [...this.#skipped.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** Leaves a line out. */
  skip(remark: Remark): void {
    this.#add(this.#skipped, remark);
  }

  /** Takes a line, but not as it stands there. */
  note(remark: Remark): void {
    this.#add(this.#noted, remark);
  }

  /** How much of the file was taken, and for each reason how many lines were not, the first of them by number. */
  summary(file: string, things: string): string[] {
    const counts = [`${things} taken ${formatCount(this.taken)}`];
    if (this.known > 0) counts.push(`known before ${formatCount(this.known)}`);
    if (this.skipped > 0) counts.push(`lines left out ${formatCount(this.skipped)}`);
    return [`${file}: ${counts.join(', ')}`, ...groupLines(this.#skipped), ...groupLines(this.#noted)];
  }

  #add(groups: Map<string, Group>, remark: Remark): void {
    const { file, line, lastLine = line, reason, found } = remark;
    const lines = lastLine === line ? String(line) : `${line}-${lastLine}`;
    const group = groups.get(reason) ?? { count: 0, remarks: 0, lines: [] };
    groups.set(reason, group);
    group.count += lastLine - line + 1;
    group.remarks++;
    if (group.lines.length < LINES_NAMED) group.lines.push(lines);
    this.#say(`${file}:${lines}: ${reason}${found === undefined ? '' : `, found ${found}`}`);
  }
}

function groupLines(groups: ReadonlyMap<string, Group>): string[] {
  const width = Math.max(0, ...[...groups.values()].map(({ count }) => String(count).length));
  return [...groups]
    .sort(([, a], [, b]) => b.count - a.count)
    .flatMap(([reason, { count, remarks, lines }]) => {
      const named = lines.join(', ') + (remarks > lines.length ? ', ...' : '');
      const where = `${count === 1 ? 'line' : 'lines'} ${named}`;
      const indent = ' '.repeat(width + 4);
      return [`  ${String(count).padStart(width)}  ${reason}`, `${indent}${where}`];
    });
}
