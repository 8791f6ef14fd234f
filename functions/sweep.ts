import { services, workflow } from '../core/platform/clients.ts';
import { sweep } from '../core/reactors/sweep.ts';

const sweeper = services('sweeper');
const executions = workflow();

export const handler = () => sweep(sweeper, executions);
