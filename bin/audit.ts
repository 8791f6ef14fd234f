import { auditCommand } from '../local/commands/audit.ts';
import { runCommand } from '../local/commands/cli.ts';

await runCommand(auditCommand);
