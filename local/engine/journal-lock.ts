import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Keeps a second engine away from a journal: two that append to one file would destroy it. A lock that a killed process
 * left behind is taken over.
 * @returns what gives the lock back
 * @throws Error naming the process that has the journal
 */
export function lockJournal(path: string): () => void {
  const lock = `${path}.lock`;
  const holder = holderOf(lock);
  if (holder !== undefined) {
    throw new Error(`${path} is in use by process ${holder}; if that is no engine, delete ${lock}`);
  }
  rmSync(lock, { force: true });
  writeFileSync(lock, String(process.pid), { flag: 'wx' });
  return () => rmSync(lock, { force: true });
}

function holderOf(lock: string): number | undefined {
  const pid = Number(readIfThere(lock));
  if (!Number.isInteger(pid) || pid < 1) return undefined;
  // In a container, every start may have the same number.
  if (pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
