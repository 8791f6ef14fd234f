import { runCommand } from '../local/commands/cli.ts';
import { startCommand } from '../local/commands/start.ts';

await runCommand(startCommand);
