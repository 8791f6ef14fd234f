import { readFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIBIBYTE = 1024;

/** Megabytes (10^6 bytes) of memory; nothing where the operating system does not tell as Linux does. */
export interface Memory {
  /** The most that it ever held. */
  readonly peakMb: number;
  readonly nowMb: number;
}

export async function memoryOf(pid: number): Promise<Memory | undefined> {
  const status = await readProc(pid, 'status');
  const megabytes = (field: string) => {
    const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status ?? '') ?? [];
    return Math.round((Number(kibibytes) * KIBIBYTE) / 1e6);
  };
  return status === undefined ? undefined : { peakMb: megabytes('VmHWM'), nowMb: megabytes('VmRSS') };
}

/** Milliseconds that a process has spent on processors. */
export async function processorMsOf(pid: number): Promise<number | undefined> {
  const stat = await readProc(pid, 'stat');
  // The second field is the program's name in parentheses, and may hold blanks.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

async function readProc(pid: number, file: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  return readFile(`/proc/${pid}/${file}`, 'utf8');
}
