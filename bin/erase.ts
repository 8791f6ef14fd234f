import { runCommand } from '../local/commands/cli.ts';
import { eraseCommand } from '../local/commands/erase.ts';

await runCommand(eraseCommand);
