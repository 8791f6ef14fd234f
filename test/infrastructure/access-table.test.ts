import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createApi } from '../../core/http/api.ts';
import { describeApi } from '../../core/http/describe.ts';
import { SCOPES } from '../../core/http/scopes.ts';
import type { Services } from '../../core/platform/services.ts';
import { ofType, synthesize } from './synthesized.ts';

const PAGE = new URL('../../docs/access.md', import.meta.url);

const { resources } = synthesize({ consoleUrls: ['https://console.example.com/'] });
const clients = ofType(resources, 'AWS::Cognito::UserPoolClient').map(({ name, Properties }) => ({
  name: name.replace('MachineIdentityUserPool', ''),
  scopes: JSON.stringify(Properties.AllowedOAuthScopes),
}));

const operations = Object.entries(describeApi(createApi({ services: {} as Services })).paths ?? {}).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      key: `\`${method.toUpperCase()} ${path}\``,
      scope: (security as { bearer?: string[] }[])[0]?.bearer?.[0],
    })),
);

function row(scope: string | undefined, who: string, allows: string) {
  const keys = operations.filter((operation) => operation.scope === scope).map(({ key }) => key);
  return `| ${scope ? `\`${scope}\`` : 'none'} | ${allows} | ${keys.join('<br>')} | ${who} |`;
}

it('says in the docs who may call what, as the API declares it and the user pool grants it', async () => {
  const rows = Object.entries(SCOPES).map(([scope, allows]) => {
    const holders = clients.filter(({ scopes }) => scopes.includes(`/${scope}"`)).map(({ name }) => name);
    return row(scope, holders.sort().join(', '), allows);
  });
  const table = [
    '| scope | allows to | operations | clients of the user pool |',
    '| --- | --- | --- | --- |',
    ...rows,
    row(undefined, 'anybody', 'see that it is up, how it is called, and an order by its link'),
  ].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const marked = /(<!-- The table is written by [^\n]+ -->\n)[\s\S]*?(<!-- end of the table -->)/;
  expect(page).toMatch(marked);

  await expect(page.replace(marked, (_, start, end) => `${start}\n${table}\n\n${end}`)).toMatchFileSnapshot(
    PAGE.pathname,
  );
});
