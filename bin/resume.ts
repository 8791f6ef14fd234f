import { runCommand } from '../local/commands/cli.ts';
import { resumeCommand } from '../local/commands/resume.ts';

await runCommand(resumeCommand);
