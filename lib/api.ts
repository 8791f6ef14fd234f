import { Duration, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
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

/** What anybody may call, and why. Every other route asks for a token; what its scopes allow is for the function to say. */
const OPEN_PATHS = {
  '/healthz': 'It says that the function runs, and nothing else.',
  '/openapi.json': 'It is the description of the API, which is public in the repository, too.',
  '/track/{token}': 'The link is the secret: whoever has it sees the one order that it was made for.',
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
    const api = new HttpApi(this, 'HttpApi', {
      createDefaultStage: false,
      defaultIntegration: integration,
      defaultAuthorizer: new HttpJwtAuthorizer('Tokens', issuer.issuer, { jwtAudience: issuer.audience }),
    });
    const open = Object.entries(OPEN_PATHS).flatMap(([path, reason]) => {
      const routes = api.addRoutes({
        path,
        methods: [HttpMethod.GET],
        integration,
        authorizer: new HttpNoneAuthorizer(),
      });
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
    throttleRoutes(stage, Object.keys(OPEN_PATHS), config.throttle.open);
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
function throttleRoutes(stage: HttpStage, paths: string[], { ratePerSecond, burst }: Config['throttle']['open']) {
  const settings = { ThrottlingBurstLimit: burst, ThrottlingRateLimit: ratePerSecond };
  const { defaultChild } = stage.node;
  (defaultChild as CfnStage).routeSettings = Object.fromEntries(paths.map((path) => [`GET ${path}`, settings]));
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
