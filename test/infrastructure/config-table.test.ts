import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Config } from '../../lib/config.ts';

const PAGE = new URL('../../docs/deploying.md', import.meta.url);

interface Field {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly anyOf?: readonly Field[];
}

/** One row for each field that is set by itself; a group of fields has none, but what it says of itself stands with its first. */
function rows(fields: Readonly<Record<string, Field>>, prefix = '', group = ''): string[] {
  return Object.entries(fields).flatMap(([name, field], index) => {
    const about = [index === 0 ? group : '', field.description].filter(Boolean).join(' ');
    if (field.properties) return rows(field.properties, `${prefix}${name}.`, field.description);
    const standard = field.default === undefined ? 'none' : `\`${JSON.stringify(field.default)}\``;
    return [`| \`${prefix}${name}\` | ${standard} | ${about}${limits(field)} |`];
  });
}

function limits({ enum: allowed, minimum, maximum, anyOf }: Field): string {
  if (allowed) return ` One of ${allowed.map((value) => `\`${value}\``).join(', ')}.`;
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum} to ${maximum}.`;
  const parts = anyOf?.find(({ properties }) => properties)?.properties ?? {};
  const explained = Object.entries(parts).map(([name, { description }]) => `\`${name}\`: ${description}`);
  return explained.length > 0 ? ` ${explained.join(' ')}` : '';
}

it('says in the docs what can be configured, as the schema has it', async () => {
  const { properties = {} } = z.toJSONSchema(Config, { io: 'input' }) as Field;
  const table = ['| field | default | |', '| --- | --- | --- |', ...rows(properties)].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const marked = /(<!-- The table is written by [^\n]+ -->\n)[\s\S]*?(<!-- end of the table -->)/;
  expect(page).toMatch(marked);

  await expect(page.replace(marked, (_, start, end) => `${start}\n${table}\n\n${end}`)).toMatchFileSnapshot(
    PAGE.pathname,
  );
});
