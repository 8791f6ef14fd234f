import type { Randomness } from './ports.ts';

/**
 * Step Functions' tokens have about this many characters. Ours have as many, so that an item that stores one costs the
 * same write units here as there.
 */
const TASK_TOKEN_LENGTH = 700;
const FORM = /^AQC([0-9a-z]+)\.([0-9a-f-]+)A+$/;

/** A token that cannot be guessed, and tells which execution it belongs to. */
export function newTaskToken(execution: number, random: Randomness): string {
  return `AQC${execution.toString(36)}.${random.uuid()}`.padEnd(TASK_TOKEN_LENGTH, 'A');
}

/** The number of the execution that a token was made for; undefined for what is no token. */
export function executionOfToken(token: string): number | undefined {
  const [, number] = FORM.exec(token) ?? [];
  return number === undefined ? undefined : Number.parseInt(number, 36);
}
