import * as z from 'zod';

const Environment = z.object({
  TABLE_NAME: z.string().min(1),
  STATE_MACHINE_ARN: z.string().min(1),
  ALERT_TOPIC_ARN: z.string().min(1),
  EVENT_TOPIC_ARN: z.string().min(1),
  /** What the issuer of tokens puts before a scope; it may be nothing. */
  SCOPE_PREFIX: z.string(),
  HANDLING_HOURS: z.string().regex(/^\d+$/),
  PROMISE_TOLERANCE_HOURS: z.string().regex(/^\d+$/),
});

/** Whose lines and metrics they are: the stack's name, as Powertools is told it. */
export const SERVICE = process.env.POWERTOOLS_SERVICE_NAME || 'fillrate';

/**
 * One setting of the environment in which this runs.
 *
 * @throws Error that names the variable, where it is missing.
 */
export function setting(name: keyof typeof Environment.shape): string {
  const value = Environment.shape[name].safeParse(process.env[name]);
  if (!value.success) throw new Error(`the environment variable ${name} is not set as it should be`);
  return value.data;
}

export function hours(name: 'HANDLING_HOURS' | 'PROMISE_TOLERANCE_HOURS'): number {
  return Number(setting(name));
}
