import { existsSync } from 'node:fs';
import { z } from 'zod';
import { nameOf, ofType, type Resource } from './synthesized.ts';

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item)]).transform((value) => [value].flat());

const Conditions = z.record(z.string(), z.record(z.string(), oneOrMore(z.unknown())));

const Policy = z.object({
  Roles: z.array(z.object({ Ref: z.string() })),
  PolicyDocument: z.object({
    Statement: z.array(
      z.strictObject({
        Effect: z.literal('Allow'),
        Action: oneOrMore(z.string()),
        Resource: oneOrMore(z.unknown()),
        Condition: Conditions.default({}),
      }),
    ),
  }),
});

/** One action on one resource. */
export interface Permission {
  readonly action: string;
  /** As {@link readable} names it. */
  readonly resource: string;
  /** By the operator and the key of each condition, what it is compared with. */
  readonly conditions: Record<string, string[]>;
}

/** Names what a template points to: `StorageTable`, `StorageTable/index/open-shipments`, `StorageTable stream`. */
export function readable(value: unknown): string {
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = z
    .object({
      Ref: z.string(),
      'Fn::GetAtt': z.tuple([z.string(), z.string()]),
      'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]),
    })
    .partial()
    .parse(typeof value === 'string' ? {} : value);
  if (Ref) return nameOf(Ref);
  if (attribute) return attribute[1] === 'StreamArn' ? `${nameOf(attribute[0])} stream` : nameOf(attribute[0]);
  if (join) return join[1].map(readable).join('');
  return String(value);
}

/** What the holder of each role may do, by the name of the role. */
export function permissionsByRole(resources: Record<string, Resource>): Map<string, Permission[]> {
  const held = ofType(resources, 'AWS::IAM::Policy').flatMap(({ Properties }) => {
    const { Roles, PolicyDocument } = Policy.parse(Properties);
    const role = nameOf(Roles.map(({ Ref }) => Ref).join());
    return PolicyDocument.Statement.flatMap(({ Action, Resource: on, Condition }) => {
      const conditions = Object.fromEntries(
        Object.entries(Condition).flatMap(([operator, keys]) =>
          Object.entries(keys).map(([key, values]) => [`${operator} ${key}`, values.map(readable)]),
        ),
      );
      return Action.flatMap((action) =>
        on.map((resource) => ({ role, permission: { action, resource: readable(resource), conditions } })),
      );
    });
  });
  return new Map(
    [...Map.groupBy(held, ({ role }) => role)].map(([role, each]) => [role, each.map(({ permission }) => permission)]),
  );
}

/** By the file of each function, the name of its role. */
export function rolesOfFunctions(resources: Record<string, Resource>): Map<string, string> {
  return new Map(
    ofType(resources, 'AWS::Lambda::Function').map(({ name, Properties }) => {
      const words = name.replace(/^ApiHandler$/, 'Api').match(/[A-Z][a-z]*/g) ?? [];
      const endings = words.map((_, first) => words.slice(first).join('-').toLowerCase());
      const file = endings.find((ending) => existsSync(new URL(`../../functions/${ending}.ts`, import.meta.url)));
      if (file === undefined) throw new Error(`no file in functions/ belongs to ${name}`);
      return [file, readable(Properties.Role)];
    }),
  );
}
