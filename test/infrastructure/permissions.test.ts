import { describe, expect, it } from 'vitest';
import { partitions } from '../../core/platform/table/keys.ts';
import { type Permission, permissionsByRole, rolesOfFunctions } from './policies.ts';
import { ofType, synthesizeStage } from './synthesized.ts';

const { resources } = synthesizeStage('prod');
const permissions = permissionsByRole(resources);
const functions = rolesOfFunctions(resources);

/** Actions for which AWS knows no resource to name. */
const ON_NOTHING_NARROWER = [
  /^xray:/,
  // The set-up of the delivery of logs by a service.
  /^logs:(Create|Get|Update|Delete|List)LogDeliver(y|ies)$/,
  /^logs:(DescribeLogGroups|DescribeResourcePolicies|PutResourcePolicy)$/,
  'dynamodb:ListStreams',
];

const all = [...permissions].flatMap(([role, held]) => held.map((permission) => ({ role, ...permission })));

describe('the permissions', () => {
  it('name every action, and the resource of every action that has one', () => {
    for (const { role, action, resource } of all) {
      expect(action, role).not.toContain('*');
      const isUnbound = ON_NOTHING_NARROWER.some((known) =>
        typeof known === 'string' ? known === action : known.test(action),
      );
      if (!isUnbound) expect(resource, `${role} ${action}`).not.toMatch(/^\*$|^arn:[^/]*\*/);
    }
  });

  it('are those of one role per function, which no other holds', () => {
    expect(new Set(functions.values()).size).toBe(functions.size);
    for (const { name, Properties } of ofType(resources, 'AWS::IAM::Role')) {
      if (![...functions.values()].includes(name)) continue;
      expect(Properties.AssumeRolePolicyDocument, name).toMatchObject({
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      });
    }
  });

  it('let each function write no log but its own', () => {
    for (const [file, role] of functions) {
      const logs = permissions.get(role)?.filter(({ action }) => action.startsWith('logs:')) ?? [];
      expect(new Set(logs.map(({ resource }) => resource)), file).toEqual(new Set([role.replace(/Role$/, 'Logs')]));
    }
  });

  it('let a function touch rows by their keys only, and only where it has business', () => {
    const onTable = all.filter(({ action, resource }) => action.startsWith('dynamodb:') && resource === 'StorageTable');
    const onRows = onTable.filter(({ action }) => action !== 'dynamodb:Scan');

    expect(onRows).not.toEqual([]);
    for (const { role, conditions } of onRows) {
      const patterns = conditions['ForAllValues:StringLike dynamodb:LeadingKeys'] ?? [];
      expect(patterns.length, role).toBeGreaterThan(0);
      for (const pattern of patterns) expect(ROW_PARTITIONS, role).toContain(pattern);
    }
  });

  it('let nobody read the whole table but the audit, which changes nothing', () => {
    expect(all.filter(({ action }) => action === 'dynamodb:Scan').map(({ role }) => role)).toEqual([
      'AuditorAuditRole',
    ]);
    const held = permissions.get('AuditorAuditRole')?.filter(({ action }) => action.startsWith('dynamodb:')) ?? [];
    expect(new Set(held.map(({ action }) => action))).toEqual(new Set(['dynamodb:GetItem', 'dynamodb:Scan']));
  });

  it('let only what moves the workflow answer its tasks, and only those of the one workflow', () => {
    const answering = all.filter(({ action }) => action.startsWith('states:SendTask'));

    expect(new Set(answering.map(({ resource }) => resource))).toEqual(new Set(['WorkflowOrderFulfillment']));
    expect(new Set(answering.map(({ role }) => role))).toEqual(
      new Set([functions.get('on-stock-change'), functions.get('sweep')]),
    );
  });

  it('come from no policy of AWS, which grants more than we know', () => {
    for (const { name, Properties } of ofType(resources, 'AWS::IAM::Role')) {
      expect(Object.keys(Properties), name).toEqual(['AssumeRolePolicyDocument']);
    }
  });

  it('let nobody but our own gateway call a function from outside', () => {
    const permitted = ofType(resources, 'AWS::Lambda::Permission').map(({ Properties }) => Properties);

    expect(permitted).toEqual([
      expect.objectContaining({ Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' }),
    ]);
    expect(JSON.stringify(permitted[0]?.SourceArn)).toContain(
      ofType(resources, 'AWS::ApiGatewayV2::Api')[0]?.logicalId,
    );
  });

  it('refuse who comes to a topic, a queue or a bucket without encryption', () => {
    const kinds = ['SNS::Topic', 'SQS::Queue', 'S3::Bucket'];
    const policies = kinds.flatMap((kind) => ofType(resources, `AWS::${kind}Policy`));

    expect(policies).toHaveLength(kinds.flatMap((kind) => ofType(resources, `AWS::${kind}`)).length);
    for (const { Properties } of policies) {
      expect(Properties.PolicyDocument).toMatchObject({
        Statement: expect.arrayContaining([
          expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      });
    }
  });

  // After a change that is meant: `npx vitest run test/infrastructure/permissions.test.ts -u`, then read `git diff docs`.
  it('are those that docs/permissions.md shows', async () => {
    await expect(document()).toMatchFileSnapshot('../../docs/permissions.md');
  });
});

const ROW_PARTITIONS = [
  partitions.sku('*'),
  partitions.order('*'),
  partitions.inbound('*'),
  partitions.alerts('*'),
  'IDEMPOTENCY#*',
];

function document(): string {
  const everyFunction = sharedByAll([...functions.values()].map((role) => own(role)));
  const others = [...permissions.keys()].filter((role) => ![...functions.values()].includes(role)).sort();
  return `# Who may do what

A table made from the template of the stage \`prod\`, by the test that fails when it is stale. There is one role per function; no other holds it, and no policy of AWS is attached to it.
What is not listed is not allowed. Names are those of the template's resources; \`StorageTable\` is the table, and \`WorkflowOrderFulfillment\` the state machine.

- **Rows.** A function gets at rows by their keys, in the partitions named under "only where", and cannot scan. AWS compares the partition key of a request with them
  (\`dynamodb:LeadingKeys\`); the condition would also hold for a request without a key (\`ForAllValues\` of nothing), but every action that is granted needs one. All actions of a function are granted
  on all of its partitions together: AWS does not say that it judges each part of a transaction by that part's key alone, so a narrower grant might refuse what should pass.
- **Does it suffice?** A test plays every journey on a laptop, notes each call of each function and holds it against the template. That AWS judges as the test does is proven by a deployment only.
- **Wide ones.** \`*\` stands where AWS knows no resource to name: traces, the set-up of log delivery, \`dynamodb:ListStreams\`.

| function | may | on | only where |
| --- | --- | --- | --- |
${rows('each of them', everyFunction)}
${[...functions]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([file, role]) =>
    rows(
      `\`${file}\``,
      own(role).filter((permission) => !everyFunction.some(same(permission))),
    ),
  )
  .join('\n')}

The roles that services of AWS take on:

| role | may | on | only where |
| --- | --- | --- | --- |
${others.map((role) => rows(`\`${role}\``, own(role))).join('\n')}
`;
}

/** What a role may do, with its own log called so. */
function own(role: string): Permission[] {
  const logs = role.replace(/Role$/, 'Logs');
  return (permissions.get(role) ?? []).map((permission) => ({
    ...permission,
    resource: permission.resource === logs ? 'its own log group' : permission.resource,
  }));
}

function same(a: Permission) {
  return (b: Permission) => JSON.stringify(a) === JSON.stringify(b);
}

function sharedByAll([first = [], ...others]: Permission[][]): Permission[] {
  return first.filter((permission) => others.every((held) => held.some(same(permission))));
}

/** One row for what is allowed on the same resources under the same conditions. */
function rows(holder: string, held: readonly Permission[]): string {
  const byPlace = Map.groupBy(held, ({ resource, conditions }) => JSON.stringify([resource, conditions]));
  const places = [...byPlace.values()].map((permissions) => ({
    actions: permissions.map(({ action }) => action).sort(),
    resource: permissions[0]?.resource ?? '',
    conditions: permissions[0]?.conditions ?? {},
  }));
  const lines = Map.groupBy(places, ({ actions, conditions }) => JSON.stringify([actions, conditions]));
  return [...lines.values()]
    .map((alike) => {
      const [{ actions, conditions } = { actions: [], conditions: {} }] = alike;
      const on = alike.map(({ resource }) => `\`${resource}\``.replace('`its own log group`', 'its own log group'));
      return [inShort(actions), on.sort().join(', '), where(conditions)].map((cell) => cell.replaceAll('|', '\\|'));
    })
    .sort(([a = '', b = ''], [c = '', d = '']) => (a + b < c + d ? -1 : 1))
    .map((cells, i) => `| ${[i === 0 ? holder : '', ...cells].join(' | ')} |`)
    .join('\n');
}

/** `dynamodb: GetItem, Query`. */
function inShort(actions: readonly string[]): string {
  return [...Map.groupBy(actions, (action) => action.split(':')[0])]
    .map(([service, each]) => `${service}: ${each.map((action) => action.split(':')[1]).join(', ')}`)
    .join('; ');
}

function where(conditions: Permission['conditions']): string {
  return Object.entries(conditions)
    .map(([key, values]) => {
      const [operator = '', name] = key.split(' ');
      const compared = operator.endsWith('Like') ? 'like' : 'is';
      return `${name} ${compared} ${values.map((value) => `\`${value}\``).join(', ')}`;
    })
    .join('; ');
}
