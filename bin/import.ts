import { runCommand } from '../local/commands/cli.ts';
import { importCommand } from '../local/commands/import.ts';

await runCommand(importCommand);
