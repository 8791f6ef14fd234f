import { z } from 'zod';

const Environment = z.object({
  TABLE_NAME: z.string().min(1),
  STATE_MACHINE_ARN: z.string().min(1),
  ALERT_TOPIC_ARN: z.string().min(1),
  /** What the issuer of tokens puts before a scope; it may be nothing. */
  SCOPE_PREFIX: z.string(),
});

/**
 * One setting of the environment in which this runs.
 *
 * @throws Error that names the variable, where it is missing.
 */
export function setting(name: keyof typeof Environment.shape): string {
  const value = Environment.shape[name].safeParse(process.env[name]);
  if (!value.success) throw new Error(`the environment variable ${name} is not set`);
  return value.data;
}
