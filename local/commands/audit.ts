import { type AuditReport, audit } from '../../core/audit/audit.ts';
import type { Violation } from '../../core/audit/checks.ts';
import { documentClient } from '../../core/platform/clients.ts';
import { systemClock } from '../../core/platform/clock.ts';
import { Table } from '../../core/platform/table/table.ts';
import { ExplainedError } from '../explained-error.ts';
import { formatCount } from '../text.ts';
import { type Command, expectNoMore } from './cli.ts';
import { openTable } from './open-table.ts';
import { STATE_DIRECTORY } from './state.ts';
import { StatusLine } from './status-line.ts';

const usage = `\
Reads a whole table, adds it up, and says where Fillrate's promises do not hold
(docs/promises.md). It changes nothing, and the table may be in use.

  npm run audit
  npm run audit -- --table fillrate-prod-Storage-Table

  --table NAME   a table in AWS, with the region and the credentials that the
                 AWS SDK finds; else TABLE_NAME of the environment
  --state DIR    without a name: the table that is kept there, whether Fillrate
                 runs or not, else ${STATE_DIRECTORY}
  --help         this text

Exit code: 0 when all promises hold, 1 when one is broken or the table cannot
be read, 2 for wrong arguments.
`;

const options = { table: { type: 'string' }, state: { type: 'string', default: STATE_DIRECTORY } } as const;

export const auditCommand: Command<typeof options> = {
  usage,
  options,
  run: async ({ values, positionals }) => {
    expectNoMore(positionals);
    await using table = await openTable(values);
    const line = new StatusLine(process.stderr);
    const store = { table: new Table(documentClient(table.client), table.name), now: systemClock };
    const report = await audit(store, (rows) => line.show(`  ${formatCount(rows)} rows read`)).catch((cause) => {
      throw new ExplainedError(`${capitalized(table.description)} cannot be read: ${cause.message}`, { cause });
    });
    line.finish();
    process.stdout.write(findings(table.description, report));
    return report.violations.length === 0 ? 0 : 1;
  },
};

const PROMISES = [
  'never-oversold',
  'never-stranded',
  'never-lost-never-doubled',
  'always-explained',
] as const satisfies readonly Violation['promise'][];

/** What the audit found, for people. */
function findings(description: string, { rows, levels, orders, violations, notJudged }: AuditReport): string {
  const counts = `${formatCount(rows)} rows, ${formatCount(levels)} levels, ${formatCount(orders)} orders`;
  const lines = [`${capitalized(description)}: ${counts}`];
  for (const promise of PROMISES) {
    const broken = violations.filter((violation) => violation.promise === promise);
    const result = broken.length === 0 ? 'holds' : `BROKEN ${formatCount(broken.length)} times`;
    lines.push(`  ${promise.padEnd(26)}${result}`, ...broken.map(({ subject, detail }) => `    ${subject}: ${detail}`));
  }
  if (notJudged > 0) {
    lines.push(`${formatCount(notJudged)} rows changed while they were read and are not judged: audit again.`);
  }
  return `${lines.join('\n')}\n`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
