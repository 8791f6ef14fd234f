import { Capture, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
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

  it('that nobody signs up to, and that is not deleted by mistake', () => {
    expect(pool).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtection: 'ACTIVE', AdminCreateUserConfig: { AllowAdminCreateUserOnly: true } },
    });
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
