import { Validations } from 'aws-cdk-lib';
import {
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Config, TokenIssuer } from './config.ts';
import { stackUuid } from './logs.ts';

const RESOURCE_SERVER = 'fillrate';

const SCOPES = {
  'orders:read': 'See orders and how far they are',
  'orders:write': 'Place and cancel orders',
  'stock:read': 'See items, stock levels and movements',
  'stock:write': 'Change items, receive and count stock',
  'warehouse:write': 'Confirm picks, packs and shipments',
  'insights:read': 'See what sells and what to order',
};

/** Who calls the API without a person at the keyboard, and what each may do. */
const CLIENTS: Record<string, (keyof typeof SCOPES)[]> = {
  // A shop shows whether an item is there before it takes an order for it.
  OrderSystem: ['orders:read', 'orders:write', 'stock:read'],
  // A warehouse also receives and counts.
  Warehouse: ['orders:read', 'stock:read', 'stock:write', 'warehouse:write'],
  Merchant: ['orders:read', 'stock:read', 'stock:write', 'insights:read'],
};

/** A user pool that issues bearer tokens to machines, for whoever has no issuer of their own. */
export class MachineIdentity extends Construct {
  readonly issuer: TokenIssuer;
  /** Where a client trades its id and secret for a token. */
  readonly tokenEndpoint: string;
  /** By the name of the client. The secrets stay in Cognito. */
  readonly clientIds: Record<string, string>;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const userPool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      // How people sign in cannot be changed later, so it is said now although no people do yet.
      signInAliases: { email: true },
      signInCaseSensitive: false,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      deletionProtection: config.deletionProtection,
      removalPolicy: config.removalPolicy,
    });
    Validations.of(userPool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason: 'Machines get their tokens by id and secret: nobody signs in with a password.',
      },
      {
        id: 'AwsSolutions-COG8',
        reason: 'What the Plus plan adds watches people who sign in with passwords, and nobody does.',
      },
    );
    const domain = userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: `fillrate-${stackUuid()}` } });
    const scopes = Object.entries(SCOPES).map(
      ([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription }),
    );
    const resourceServer = userPool.addResourceServer('ResourceServer', { identifier: RESOURCE_SERVER, scopes });
    const clients = Object.entries(CLIENTS).map(([name, granted]) => {
      const own = scopes.filter(({ scopeName }) => granted.some((scope) => scope === scopeName));
      return { name, client: addMachineClient(userPool, name, resourceServer, own) };
    });

    this.tokenEndpoint = `${domain.baseUrl()}/oauth2/token`;
    this.clientIds = Object.fromEntries(clients.map(({ name, client }) => [name, client.userPoolClientId]));
    this.issuer = {
      issuer: userPool.userPoolProviderUrl,
      audience: Object.values(this.clientIds),
      scopePrefix: `${RESOURCE_SERVER}/`,
    };
  }
}

function addMachineClient(
  userPool: UserPool,
  name: string,
  resourceServer: UserPoolResourceServer,
  scopes: ResourceServerScope[],
): UserPoolClient {
  return userPool.addClient(name, {
    generateSecret: true,
    oAuth: {
      flows: { clientCredentials: true },
      scopes: scopes.map((scope) => OAuthScope.resourceServer(resourceServer, scope)),
    },
  });
}
