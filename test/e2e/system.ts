import { waitingLetters } from '../../local/dead-letters/redrive.ts';
import { startFillrate } from '../../local/fillrate.ts';

/** Fillrate in a process of its own, which a test can kill. Says where its API is, and answers `settled` and `counts`. */
const fillrate = await startFillrate({ stateDirectory: process.argv[2] });

process.on('message', async (question) => {
  if (question === 'settled') await fillrate.settled();
  process.send?.({
    counts: fillrate.engine.counts(),
    deadLetters: (await waitingLetters(fillrate.streams.deadLetters)).waiting.length,
  });
});
process.on('disconnect', () => process.exit());
process.send?.({ endpoints: fillrate.endpoints });
