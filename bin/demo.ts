import { runCommand } from '../local/commands/cli.ts';
import { demoCommand } from '../local/commands/demo.ts';

await runCommand(demoCommand);
