import { services } from '../core/platform/clients.ts';
import { ReserveStock, reserveStock } from '../core/reservations/reserve.ts';
import { task } from './support/task.ts';

const workflow = services('workflow');

export const handler = task(ReserveStock, (input) => reserveStock(workflow, input));
