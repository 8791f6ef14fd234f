import { Capture, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createApi } from '../../core/http/api.ts';
import { describeApi } from '../../core/http/describe.ts';
import { SCOPES } from '../../core/http/scopes.ts';
import type { Services } from '../../core/platform/services.ts';
import { OPEN_THROTTLE } from '../../local/access/gateway.ts';
import { ofType, synthesize } from './synthesized.ts';

const { template, resources } = synthesize({ alertEmails: ['merchant@example.com'] });

describe('the API', () => {
  it('asks everybody for a token, but for its health, its description and tracking links', () => {
    const routes = ofType(resources, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => [
      Properties.RouteKey,
      Properties.AuthorizationType,
    ]);

    expect(Object.fromEntries(routes)).toEqual({
      $default: 'JWT',
      'GET /healthz': 'NONE',
      'GET /openapi.json': 'NONE',
      'GET /track/{token}': 'NONE',
    });
  });

  it('is open where its document says so, and nowhere else', () => {
    const { paths = {} } = describeApi(createApi({ services: {} as Services }));
    const declaredOpen = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { security }]) => security?.length === 0)
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    const open = ofType(resources, 'AWS::ApiGatewayV2::Route')
      .filter(({ Properties }) => Properties.AuthorizationType === 'NONE')
      .map(({ Properties }) => Properties.RouteKey);

    expect(open.sort()).toEqual(declaredOpen.sort());
  });

  it('lets what is open be asked for apart from the rest, and slower, here as on the laptop', () => {
    const [stage] = ofType(resources, 'AWS::ApiGatewayV2::Stage');
    const { ratePerSecond, burst } = OPEN_THROTTLE;
    const open = ofType(resources, 'AWS::ApiGatewayV2::Route').filter(
      ({ Properties }) => Properties.AuthorizationType === 'NONE',
    );
    const settings = { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst };

    expect(stage?.Properties.RouteSettings).toEqual(
      Object.fromEntries(open.map(({ Properties }) => [Properties.RouteKey, settings])),
    );
    expect(ratePerSecond).toBeLessThan(100);
    expect(burst).toBeLessThan(200);
    // API Gateway refuses settings for a route that it does not know yet.
    expect(stage?.DependsOn).toEqual(expect.arrayContaining(open.map(({ logicalId }) => logicalId)));
  });

  it('hands a request over as it came, and slows down who asks too much', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
  });

  it('logs who asked, what and how long it took, and neither body nor token nor link', () => {
    const format = new Capture();
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', { AccessLogSettings: { Format: format } });

    expect(Object.values(JSON.parse(format.asString()))).toEqual([
      '$context.requestTime',
      '$context.requestId',
      '$context.authorizer.claims.sub',
      '$context.routeKey',
      '$context.httpMethod',
      '$context.status',
      '$context.responseLatency',
      '$context.authorizer.error',
      '$context.integrationErrorMessage',
    ]);
  });
});

describe('without an issuer of its own, the merchant gets a user pool', () => {
  const [pool] = ofType(resources, 'AWS::Cognito::UserPool');
  const clients = ofType(resources, 'AWS::Cognito::UserPoolClient');

  it('whose tokens the API takes, and whose scopes it can read', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: {
        Issuer: { 'Fn::GetAtt': [pool?.logicalId, 'ProviderURL'] },
        Audience: clients.map(({ logicalId }) => ({ Ref: logicalId })),
      },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ SCOPE_PREFIX: 'fillrate/' }) },
    });
    template.hasResourceProperties('AWS::Cognito::UserPoolResourceServer', { Identifier: 'fillrate' });
  });

  it('that knows the scopes of the API, in the same words', () => {
    const [server] = ofType(resources, 'AWS::Cognito::UserPoolResourceServer');
    const scopes = server?.Properties.Scopes as { ScopeName: string; ScopeDescription: string }[];
    const said = scopes.map((scope) => [scope.ScopeName, scope.ScopeDescription.toLowerCase()]);

    expect(Object.fromEntries(said)).toEqual(SCOPES);
  });

  it.each([
    ['OrderSystem', ['orders:read', 'orders:write', 'stock:read']],
    ['Warehouse', ['orders:read', 'stock:read', 'stock:write', 'warehouse:write']],
    ['Merchant', ['orders:read', 'stock:read', 'stock:write', 'insights:read']],
  ])('in which the client %s may ask for %j only', (name, scopes) => {
    const client = clients.find((each) => each.name.endsWith(name))?.Properties;
    const prefix = { Ref: ofType(resources, 'AWS::Cognito::UserPoolResourceServer')[0]?.logicalId };

    expect(client).toMatchObject({ GenerateSecret: true, AllowedOAuthFlows: ['client_credentials'] });
    expect(client?.AllowedOAuthScopes).toEqual(scopes.map((scope) => ({ 'Fn::Join': ['', [prefix, `/${scope}`]] })));
  });

  it('whose machines nobody signs in through, and whose tokens end within the hour', () => {
    expect(clients).toHaveLength(3);
    for (const { Properties } of clients) {
      expect(Properties).toMatchObject({
        ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
        AccessTokenValidity: 60,
        TokenValidityUnits: { AccessToken: 'minutes' },
        PreventUserExistenceErrors: 'ENABLED',
        EnableTokenRevocation: true,
      });
    }
  });

  it('that asks people for a long password and a second factor, which is no text message', () => {
    expect(pool?.Properties).toMatchObject({
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      Policies: {
        PasswordPolicy: {
          MinimumLength: 14,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
          TemporaryPasswordValidityDays: 3,
        },
      },
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
    });
  });

  it('that nobody signs up to, and that is not deleted by mistake', () => {
    expect(pool).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE', AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } },
    });
  });
});

describe('with a console in the browser, the pool gets a client for it', () => {
  const urls = ['https://console.example.com/', 'http://localhost:5173/'];
  const { resources: withConsole, template: own } = synthesize({ consoleUrls: urls });
  const all = ofType(withConsole, 'AWS::Cognito::UserPoolClient');
  const console = all.find(({ name }) => name.endsWith('Console'))?.Properties;

  it('that has no secret, takes codes only, and sends people nowhere else', () => {
    expect(console).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      CallbackURLs: urls,
      LogoutURLs: urls,
      SupportedIdentityProviders: ['COGNITO'],
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
    });
  });

  it('whose tokens are short and whose session ends with the day', () => {
    expect(console).toMatchObject({ AccessTokenValidity: 15, IdTokenValidity: 15, RefreshTokenValidity: 720 });
  });

  it('that may see everything and decide for orders, and does not confirm the work of the warehouse', () => {
    const scopes = JSON.stringify(console?.AllowedOAuthScopes);
    for (const scope of Object.keys(SCOPES)) {
      expect(scopes.includes(`/${scope}"`), scope).toBe(scope !== 'warehouse:write');
    }
    expect(console?.AllowedOAuthScopes).toEqual(expect.arrayContaining(['openid', 'email']));
  });

  it('whose tokens the API takes', () => {
    own.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Audience: all.map(({ logicalId }) => ({ Ref: logicalId })) },
    });
    expect(Object.keys(own.findOutputs('ConsoleClientId'))).toEqual(['ConsoleClientId']);
    expect(template.findOutputs('ConsoleClientId')).toEqual({});
  });
});

describe('a console in the browser', () => {
  const consoleUrls = ['https://console.example.com/in', 'https://console.example.com/out', 'http://localhost:5173/'];
  const tokenIssuer = { issuer: 'https://id.example.com/', audience: ['fillrate-api'] };
  const withConsole = synthesize({ consoleUrls });

  it.each([
    ['with the pool', withConsole],
    ['with an issuer of its own', synthesize({ consoleUrls, tokenIssuer })],
  ])('may call the API from where it is, and pages from nowhere else may, %s', (_, { template }) => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://console.example.com', 'http://localhost:5173'],
        AllowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        AllowHeaders: ['authorization', 'content-type', 'idempotency-key'],
        ExposeHeaders: ['retry-after', 'www-authenticate', 'x-request-id'],
        MaxAge: 3600,
      },
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
  });

  it('may ask without a token whether it may, as seldom as everybody else who has none', () => {
    const [route] = ofType(withConsole.resources, 'AWS::ApiGatewayV2::Route').filter(({ Properties }) =>
      String(Properties.RouteKey).startsWith('OPTIONS'),
    );
    const [stage] = ofType(withConsole.resources, 'AWS::ApiGatewayV2::Stage');

    expect(route?.Properties).toMatchObject({ RouteKey: 'OPTIONS /{proxy+}', AuthorizationType: 'NONE' });
    expect(stage?.Properties.RouteSettings).toMatchObject({ 'OPTIONS /{proxy+}': { ThrottlingRateLimit: 20 } });
    expect(stage?.DependsOn).toContain(route?.logicalId);
  });

  it('that is not there is allowed nothing', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
  });
});

describe('with an issuer of its own, the merchant', () => {
  const own = synthesize({
    tokenIssuer: { issuer: 'https://id.example.com/', audience: ['fillrate-api'], scopePrefix: 'shop/' },
  });

  it('gets no user pool, and the API takes the tokens of that issuer', () => {
    expect(Object.values(own.resources).filter(({ Type }) => Type.startsWith('AWS::Cognito'))).toEqual([]);
    own.template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://id.example.com/', Audience: ['fillrate-api'] },
    });
    own.template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ SCOPE_PREFIX: 'shop/' }) },
    });
  });
});

describe('alerts', () => {
  it('reach the addresses of the configuration', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'merchant@example.com' });
  });

  it('lie encrypted under a key that the function may use without a grant', () => {
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::Join': ['', Match.arrayWith([':alias/aws/sns'])] },
    });
  });
});
