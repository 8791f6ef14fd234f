import { Logger } from '@aws-lambda-powertools/logger';

/** Structured logs with identifiers, never with customer data. */
export const log = new Logger({ serviceName: 'fillrate' });
