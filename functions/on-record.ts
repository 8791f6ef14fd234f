import { alertTopic, eventTopic, services } from '../core/platform/clients.ts';
import { recordChanged } from '../core/reactors/record-changed.ts';
import { onChanges } from './support/stream.ts';

export const handler = onChanges(recordChanged(services('stream'), { alerts: alertTopic(), events: eventTopic() }));
