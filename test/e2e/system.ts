import { readFile } from 'node:fs/promises';
import { waitingLetters } from '../../local/dead-letters/redrive.ts';
import { startFillrate } from '../../local/fillrate.ts';

/**
 * Fillrate in a process of its own, which a test can kill. Says where its API is, and answers `settled` and `counts`. Arguments: its
 * directory and, if it is to run on another definition of the workflow, the definition's file.
 */
const [, , stateDirectory, definition] = process.argv;
const fillrate = await startFillrate({
  stateDirectory,
  definition: definition && (await readFile(definition, 'utf8')),
});

process.on('message', async (question) => {
  if (question === 'settled') await fillrate.settled();
  process.send?.({
    counts: fillrate.engine.counts(),
    deadLetters: (await waitingLetters(fillrate.streams.deadLetters)).waiting.length,
  });
});
process.on('disconnect', () => process.exit());
process.send?.({ endpoints: fillrate.endpoints });
