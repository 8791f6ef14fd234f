import { runCommand } from '../local/commands/cli.ts';
import { redriveCommand } from '../local/commands/redrive.ts';

await runCommand(redriveCommand);
