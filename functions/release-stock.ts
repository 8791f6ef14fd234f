import { services } from '../core/platform/clients.ts';
import { ReleaseStock, releaseStock } from '../core/reservations/release.ts';
import { task } from './support/task.ts';

const workflow = services('workflow');

export const handler = task(ReleaseStock, (input) => releaseStock(workflow, input));
