import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../core/http/api.ts';
import { PROBLEM_TYPES } from '../../core/http/problem-types.ts';
import { SCOPES } from '../../core/http/scopes.ts';
import { startDatabase } from '../support/database.ts';
import { freshServices, place, reserve, stock } from '../support/services.ts';
import { clientOf } from './client.ts';

interface Content {
  [mediaType: string]: { schema: { $ref?: string }; example?: unknown };
}

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: { bearer?: string[] }[];
  parameters?: { name: string; in: string; required: boolean; description?: string }[];
  requestBody?: { required: boolean; description: string; content: Content };
  responses: Record<string, { description: string; content: Content; headers?: Record<string, object> }>;
}

interface Document {
  openapi: string;
  info: { title: string; version: string; description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

const database = await startDatabase();
const services = await freshServices(database);
const api = clientOf({ services });
const document = (await api.get<Document>('/openapi.json')).body;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
);

/** A path that exists, for one with parameters. */
const filledIn = (path: string) =>
  path
    .replace('{sku}', 'MUG-WHITE')
    .replace('{orderId}', 'SO-1001')
    .replace('{inboundShipmentId}', 'PO-2026-0815')
    .replace('{shipmentId}', 'SO-1001-1');

describe('the description of the API', () => {
  it('is of OpenAPI 3.1 and says what it is about', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info).toMatchObject({ title: 'Fillrate', version: '1' });
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('names every route that there is, and no other', () => {
    const routes = createApi({ services }).routes.filter(({ method }) => method !== 'ALL');
    const served = new Set(routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`));

    expect([...served].sort()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('points at nothing that is not there', () => {
    const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g);
    const missing = [...references].map(([, name = '']) => name).filter((name) => !document.components.schemas[name]);

    expect(missing).toEqual([]);
  });

  it('calls every operation by a name of its own', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(operations)('$method $path', (operation) => {
  const { path, method, parameters = [], requestBody, responses, security } = operation;
  const isWrite = method !== 'GET';

  it('says what it does, and under which heading', () => {
    const headings = document.tags.map(({ name }) => name);
    expect(operation.summary.length).toBeGreaterThan(5);
    expect(operation.description.length).toBeGreaterThan(5);
    expect(operation.tags.filter((tag) => headings.includes(tag))).toHaveLength(1);
  });

  it('says which scope it needs, or that it is public', () => {
    if (security.length === 0) return expect(['/healthz', '/openapi.json', '/track/{token}']).toContain(path);
    expect(security).toEqual([{ bearer: [expect.toBeOneOf(Object.keys(SCOPES))] }]);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '503']));
  });

  it('answers in named schemas, with an example, and with problem details where it cannot', () => {
    const { 200: done, 201: made, 202: begun, ...problems } = responses;
    const answer = (done ?? made ?? begun)?.content['application/json'];
    expect(answer?.schema.$ref).toMatch(/^#\/components\/schemas\//);
    expect(answer?.example).toBeDefined();
    expect(Object.keys(problems)).toContain('500');
    for (const { content, description } of Object.values(problems)) {
      expect(Object.keys(content)).toEqual(['application/problem+json']);
      expect(content['application/problem+json']?.schema.$ref).toBe('#/components/schemas/ProblemDetails');
      expect(description).toMatch(/^`[a-z-]+`: /);
    }
  });

  it('describes the parameters of its path, and takes a key if it writes', () => {
    const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(parameters.some(({ name }) => name === 'Idempotency-Key')).toBe(isWrite);
  });

  it('names the schema of its body, if it takes one, and how long it may be', () => {
    if (!requestBody) return;
    expect(requestBody.description).toBe('At most 262144 bytes.');
    expect(requestBody.content['application/json']?.schema.$ref).toMatch(/^#\/components\/schemas\//);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['413', '415']));
  });
});

describe('the examples of the description', () => {
  const inOrder = [
    'putItem',
    'receiveStock',
    'countStock',
    'announceInboundShipment',
    'moveInboundShipment',
    'receiveInboundShipment',
    'cancelInboundShipment',
    'placeOrder',
    'changePriority',
    'keepWaiting',
    'splitOrder',
    'confirmPick',
    'confirmPack',
    'confirmShip',
    'delayShipment',
    'returnUnits',
    'confirmDelivery',
    'cancelOrder',
    'revokeTrackingLink',
    'renewTrackingLink',
  ];

  beforeAll(async () => {
    await stock(services, 'MUG-WHITE', 5);
    await reserve(services, await place(services, [{ sku: 'MUG-WHITE', quantity: 2 }], { orderId: 'SO-1001' }));
  });

  async function expectTrackingLink() {
    const { body } = await api.get<{ links: { track: string } }>('/orders/SO-1001');
    expect((await api.get(body.links.track)).status).toBe(200);
  }

  it('cover all that can be written', () => {
    const writes = operations.filter(({ method }) => method !== 'GET').map(({ operationId }) => operationId);
    expect(writes.sort()).toEqual([...inOrder].sort());
  });

  it.each(inOrder)('can be sent as they are: %s', async (operationId) => {
    const { method = '', path = '', requestBody } = operations.find((each) => each.operationId === operationId) ?? {};
    const example = requestBody?.content['application/json']?.example;

    const { status, body } = await api.send(method, filledIn(path), example);

    expect([200, 201, 202, 409], JSON.stringify(body)).toContain(status);
  });

  it.each(operations.filter(({ method }) => method === 'GET'))('lead somewhere: $method $path', async ({ path }) => {
    if (path.startsWith('/track/')) return expectTrackingLink();
    const { status } = await api.get(`${filledIn(path)}${path === '/warehouse/work' ? '?stage=pick' : ''}`);
    expect(status).toBe(200);
  });
});

describe('the types of problems', () => {
  const root = join(import.meta.dirname, '../..');
  const files = globSync(['core/**/*.ts', 'local/access/*.ts'], { cwd: root });
  const sources = files.map((file) => readFileSync(join(root, file), 'utf8'));
  const made = sources.flatMap((source) =>
    [...source.matchAll(/\b(?:notFound|conflict|invalid|new Problem)\(([^,)]*)/g)].flatMap(([, code = '']) =>
      [...code.matchAll(/'([a-z-]+)'/g)].map(([, word = '']) => word),
    ),
  );

  it('are those that the business and the API make, all and no more', () => {
    expect([...new Set(made)].sort()).toEqual(Object.keys(PROBLEM_TYPES).sort());
  });

  it('are all listed in the description, and named where they can happen', () => {
    const anywhere = ['no-such-route', 'method-not-allowed'];
    for (const code of Object.keys(PROBLEM_TYPES)) {
      expect(document.info.description).toContain(`urn:fillrate:problem:${code}`);
      const named = operations.some(({ responses }) =>
        Object.values(responses).some(({ description }) => description.includes(`\`${code}\``)),
      );
      expect(named || anywhere.includes(code), code).toBe(true);
    }
  });
});
