import { runCommand } from '../local/commands/cli.ts';
import { tokenCommand } from '../local/commands/token.ts';

await runCommand(tokenCommand);
