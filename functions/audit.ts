import { nightlyAudit } from '../core/audit/nightly.ts';
import { services } from '../core/platform/clients.ts';
import { job } from './support/job.ts';

const auditor = services('audit');

export const handler = job(() => nightlyAudit(auditor));
