import { OpenBackorder, openBackorder } from '../core/backorders/split.ts';
import { services } from '../core/platform/clients.ts';
import { task } from './support/task.ts';

const workflow = services('workflow');

export const handler = task(OpenBackorder, (input) => openBackorder(workflow, input));
