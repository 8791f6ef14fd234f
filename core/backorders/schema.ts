import * as z from 'zod';
import { Priority } from '../orders/schema.ts';
import { text } from '../stock/schema.ts';

export const ChangePriority = z
  .strictObject({
    priority: Priority,
    reason: text(200).describe('Why, for the ledger of everything that is waited for.'),
  })
  .meta({ id: 'ChangePriority' });
export type ChangePriority = z.infer<typeof ChangePriority>;
