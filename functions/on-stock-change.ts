import { services, workflow } from '../core/platform/clients.ts';
import { stockChanged } from '../core/reactors/stock-changed.ts';
import { onChanges } from './support/stream.ts';

export const handler = onChanges(stockChanged(services('stream'), workflow()));
