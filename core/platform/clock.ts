import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

export type Clock = () => Date;

/** Makes identifiers that sort by the time of their making. */
export type NewId = () => string;

export const systemClock: Clock = () => new Date();
export const newUuid: NewId = () => v7();
export const newSecret = (): string => randomBytes(16).toString('base64url');
