import type { IConstruct } from 'constructs';
import type { Alerts } from './alerts.ts';
import type { Api } from './api.ts';
import type { Auditor } from './auditor.ts';
import type { Events } from './events.ts';
import { FillrateFunction } from './fillrate-function.ts';
import type { Reactors } from './reactors.ts';
import type { Storage } from './storage.ts';
import type { Sweeper } from './sweeper.ts';
import type { Workflow } from './workflow.ts';

/** All that alarms and the dashboard look at. */
export interface Watched {
  readonly api: Api;
  readonly workflow: Workflow;
  readonly reactors: Reactors;
  readonly sweeper: Sweeper;
  readonly auditor: Auditor;
  readonly storage: Storage;
  readonly alerts: Alerts;
  readonly events: Events;
}

/** The functions that a construct has made. */
export function functionsIn(construct: IConstruct): FillrateFunction[] {
  return construct.node.findAll().filter((each) => each instanceof FillrateFunction);
}
