import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

export type Clock = () => Date;

/** Makes identifiers that sort by the time of their making. */
export type NewId = () => string;

export const systemClock: Clock = () => new Date();
export const newUuid: NewId = () => v7();
export const newSecret = (): string => randomBytes(16).toString('base64url');

/** A time of a request as rows hold it: times are compared and sorted as text, so each is written in one way. */
export function asUtc(time: string): string {
  return new Date(time).toISOString();
}
