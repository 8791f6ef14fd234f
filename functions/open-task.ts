import { OpenTask, openTask } from '../core/orders/tasks.ts';
import { services } from '../core/platform/clients.ts';
import { task } from './support/task.ts';

const workflow = services('workflow');

export const handler = task(OpenTask, (input) => openTask(workflow, input));
