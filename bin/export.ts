import { runCommand } from '../local/commands/cli.ts';
import { exportCommand } from '../local/commands/export.ts';

await runCommand(exportCommand);
