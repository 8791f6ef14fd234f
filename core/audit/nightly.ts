import { log } from '../platform/log.ts';
import { gauge } from '../platform/metrics.ts';
import type { Services } from '../platform/services.ts';
import { audit } from './audit.ts';

/** Each violation is a line of the log, up to this many: where more is wrong, they are of one kind. */
const LINES = 100;

/** What an invocation answers; a list of violations may be longer than that can hold. */
export interface AuditSummary {
  readonly rows: number;
  readonly orders: number;
  readonly violations: number;
  readonly notJudged: number;
}

/** Audits the whole table and tells of it, so that drift becomes an alarm. It repairs nothing. */
export async function nightlyAudit(services: Services): Promise<AuditSummary> {
  const { rows, orders, violations, notJudged } = await audit(services);
  for (const { promise, subject, detail } of violations.slice(0, LINES)) {
    log.error(`a promise does not hold: ${detail}`, { promise, subject });
  }
  const summary = { rows, orders, violations: violations.length, notJudged };
  log.info('the promises were audited', summary);
  gauge('PromiseViolations', violations.length);
  gauge('RowsAudited', rows);
  return summary;
}
