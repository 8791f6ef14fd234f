import { expect, it } from 'vitest';
import { StatusLine } from '../../../local/commands/status-line.ts';

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

it('renews one line on a terminal, and keeps what is said above it', () => {
  const terminal = screen(true);
  const line = new StatusLine(terminal);
  line.show('1 of 3');
  line.show('1 of 3');
  line.say('a remark');
  line.show('2 of 3');
  line.finish();
  expect(terminal.written).toEqual(['\r\x1b[2K1 of 3', '\r\x1b[2Ka remark\n1 of 3', '\r\x1b[2K2 of 3', '\n']);
});

it('writes plain lines elsewhere, and not many of them', () => {
  const file = screen(false);
  const line = new StatusLine(file);
  for (const count of [1, 2, 3]) line.show(`${count} of 3`);
  line.say('a remark');
  line.finish();
  expect(file.written).toEqual(['1 of 3\n', 'a remark\n']);
});
