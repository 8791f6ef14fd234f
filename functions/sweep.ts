import { services, workflow } from '../core/platform/clients.ts';
import { sweep } from '../core/reactors/sweep.ts';
import { job } from './support/job.ts';

const sweeper = services('sweeper');
const executions = workflow();

export const handler = job(() => sweep(sweeper, executions));
