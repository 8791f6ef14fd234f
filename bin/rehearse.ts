import { runCommand } from '../local/commands/cli.ts';
import { rehearseCommand } from '../local/commands/rehearse.ts';

await runCommand(rehearseCommand);
