import { globSync, readFileSync } from 'node:fs';
import { Capture, Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { FIELDS } from '../../core/platform/log.ts';
import { synthesize } from '../infrastructure/synthesized.ts';

/** What is in every line: of Logs Insights, of Powertools, and of an error that a line has. */
const ALWAYS = ['@timestamp', '@message', 'level', 'message', 'xray_trace_id', 'error.name', 'error.message'];
/** Words of the query language. */
const LANGUAGE = new Set(
  'filter fields stats sort limit by as and or in like asc desc count count_distinct latest coalesce pct ispresent'.split(
    ' ',
  ),
);

const format = new Capture();
synthesize().template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
  AccessLogSettings: Match.objectLike({ Format: format }),
});
const fields = new Set([...ALWAYS, ...FIELDS, ...Object.keys(JSON.parse(format.asString()))]);
const sources = globSync('{core,functions}/**/*.ts')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** Blocks of the documents that are queries of Logs Insights. */
const queries = globSync('docs/**/*.md').flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^```\n((?:filter|stats|fields) [^`]*)```/gm)].map(([, query = '']) => ({
    file,
    query,
  })),
);

it('are there', () => {
  expect(queries.length).toBeGreaterThan(10);
});

it.each(queries)('a query in $file asks for nothing that no line has: $query', ({ query }) => {
  const aliases = [...query.matchAll(/\bas (\w+)/g)].map(([, alias]) => alias);
  const code = query.replaceAll(/"[^"]*"|\/(?:\\.|[^/\n])+\//g, '');
  const words = code.match(/@?[A-Za-z_][\w.]*/g) ?? [];

  expect(words.filter((word) => !LANGUAGE.has(word) && !aliases.includes(word) && !fields.has(word))).toEqual([]);
});

it.each(queries)('a query in $file names sentences that are said: $query', ({ query }) => {
  for (const [, sentence = ''] of query.matchAll(/message = "([^"]+)"/g)) {
    expect(sources.includes(`'${sentence}'`) || sources.includes(`${sentence}: {`), sentence).toBe(true);
  }
});
