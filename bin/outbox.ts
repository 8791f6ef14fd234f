import { runCommand } from '../local/commands/cli.ts';
import { outboxCommand } from '../local/commands/outbox.ts';

await runCommand(outboxCommand);
