import { Duration, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import type { Config, TokenIssuer } from './config.ts';
import { FillrateFunction } from './fillrate-function.ts';
import { vendedLogs } from './logs.ts';
import type { Storage } from './storage.ts';

interface OpenRoute {
  readonly method: HttpMethod;
  readonly path: string;
  /** Why anybody may call it. */
  readonly reason: string;
}

/** Every other route asks for a token; what its scopes allow is for the function to say. */
const OPEN_ROUTES: readonly OpenRoute[] = [
  { method: HttpMethod.GET, path: '/healthz', reason: 'It says that the function runs, and nothing else.' },
  {
    method: HttpMethod.GET,
    path: '/openapi.json',
    reason: 'It is the description of the API, which is public in the repository, too.',
  },
  {
    method: HttpMethod.GET,
    path: '/track/{token}',
    reason: 'The link is the secret: whoever has it sees the one order that it was made for.',
  },
];

/** Without it the route that takes all else would ask browsers for a token, which have none when they ask. */
const PREFLIGHT: OpenRoute = {
  method: HttpMethod.OPTIONS,
  path: '/{proxy+}',
  reason: 'A browser asks so whether a page may call, and learns the methods of a path, which are public, too.',
};

/** What a page of another origin may send, and may read of an answer beside its body. */
const CORS = {
  allowMethods: [
    CorsHttpMethod.GET,
    CorsHttpMethod.POST,
    CorsHttpMethod.PUT,
    CorsHttpMethod.PATCH,
    CorsHttpMethod.DELETE,
  ],
  allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
  exposeHeaders: ['retry-after', 'www-authenticate', 'x-request-id'],
  maxAge: Duration.hours(1),
};

interface ApiProps {
  readonly config: Config;
  readonly storage: Storage;
  readonly issuer: TokenIssuer;
}

/** The way in for order systems, warehouses and merchants. */
export class Api extends Construct {
  readonly url: string;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, { config, storage, issuer }: ApiProps) {
    super(scope, id);
    const lambda = new FillrateFunction(this, 'Handler', {
      config,
      storage,
      file: 'api',
      rows: {
        actions: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
        partitions: ['order', 'sku', 'inbound', 'alert', 'answer'],
      },
      // The gateway gives up after 30 s.
      timeout: Duration.seconds(25),
      memoryMegabytes: 1024,
      // A database that answers slowly would otherwise hold up as many of it as the account has.
      reservedConcurrency: config.reservedConcurrency?.api,
      environment: { SCOPE_PREFIX: issuer.scopePrefix },
    });
    storage.letQuery(
      lambda,
      'stock-by-location',
      'open-shipments',
      'inbound-by-arrival',
      'orders-by-time',
      'orders-by-status',
    );

    const integration = new HttpLambdaIntegration('Handler', lambda, { scopePermissionToRoute: false });
    const origins = [...new Set(config.consoleUrls.map((url) => new URL(url).origin))];
    const api = new HttpApi(this, 'HttpApi', {
      createDefaultStage: false,
      defaultIntegration: integration,
      defaultAuthorizer: new HttpJwtAuthorizer('Tokens', issuer.issuer, { jwtAudience: issuer.audience }),
      ...(origins.length > 0 && { corsPreflight: { ...CORS, allowOrigins: origins } }),
    });
    const openRoutes = origins.length > 0 ? [...OPEN_ROUTES, PREFLIGHT] : OPEN_ROUTES;
    const open = openRoutes.flatMap(({ method, path, reason }) => {
      const routes = api.addRoutes({ path, methods: [method], integration, authorizer: new HttpNoneAuthorizer() });
      for (const route of routes) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
      return routes;
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: config.throttle.ratePerSecond, burstLimit: config.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(vendedLogs(this, 'AccessLogs', 'apis', config)),
        format: accessLogFormat(),
      },
    });
    throttleRoutes(stage, openRoutes, config.throttle.open);
    // API Gateway takes no settings for a route that is not there yet.
    stage.node.addDependency(...open);
    this.url = stage.url;
    this.stage = stage;
  }
}

/**
 * Each of them apart from all others, which share the throttle of the stage: it is the only one that CDK knows. Whoever needs no
 * token could else take orders their turn, and have us pay for as many copies of the description as the stage lets through.
 */
function throttleRoutes(
  stage: HttpStage,
  routes: readonly OpenRoute[],
  { ratePerSecond, burst }: Config['throttle']['open'],
) {
  const settings = { ThrottlingBurstLimit: burst, ThrottlingRateLimit: ratePerSecond };
  const { defaultChild } = stage.node;
  (defaultChild as CfnStage).routeSettings = Object.fromEntries(
    routes.map(({ method, path }) => [`${method} ${path}`, settings]),
  );
}

/** One line of JSON per request: enough to see who got which answer and how long it took, and nothing of the customer: no path, which may be a tracking link. */
function accessLogFormat() {
  return AccessLogFormat.custom(
    JSON.stringify({
      time: '$context.requestTime',
      requestId: '$context.requestId',
      client: '$context.authorizer.claims.sub',
      route: '$context.routeKey',
      method: '$context.httpMethod',
      status: '$context.status',
      latencyMilliseconds: '$context.responseLatency',
      authorizerError: '$context.authorizer.error',
      integrationError: '$context.integrationErrorMessage',
    }),
  );
}
