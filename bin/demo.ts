import { runCommand } from '../local/cli.ts';
import { demoCommand } from '../local/demo/command.ts';

await runCommand(demoCommand);
