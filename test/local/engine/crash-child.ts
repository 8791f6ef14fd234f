import { appendFileSync } from 'node:fs';
import { startEngine } from '../../../local/engine/engine.ts';
import { handingOver } from './handing-over.ts';

/** An engine that is there to be killed: prints its endpoint, and tells a file of every call that it makes. */
const [journalFile, callsFile] = process.argv.slice(2) as [string, string];
const engine = await startEngine({ stateMachines: [handingOver.source], journalFile });
handingOver.register(engine, (call) => appendFileSync(callsFile, `${JSON.stringify(call)}\n`));
engine.run();
console.log(engine.endpoint);
