import { FillrateApp } from '../lib/fillrate-app.ts';
import { stages } from '../lib/stages.ts';

new FillrateApp(stages);
