import { Duration, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Config, TokenIssuer } from './config.ts';
import { stackUuid } from './logs.ts';

const RESOURCE_SERVER = 'fillrate';

const SCOPES = {
  'orders:read': 'See orders and how far they are',
  'orders:write': 'Place, split, move up and cancel orders',
  'stock:read': 'See items, stock levels and movements',
  'stock:write': 'Change items, receive and count stock',
  'warehouse:write': 'See open work, confirm picks, packs, shipments and deliveries',
  'insights:read': 'See what the merchant is told',
};
type Scope = keyof typeof SCOPES;

/** Who calls the API without a person at the keyboard, and what each may do. */
const CLIENTS: Record<string, Scope[]> = {
  // A shop shows whether an item is there before it takes an order for it.
  OrderSystem: ['orders:read', 'orders:write', 'stock:read'],
  // A warehouse also receives and counts.
  Warehouse: ['orders:read', 'stock:read', 'stock:write', 'warehouse:write'],
  Merchant: ['orders:read', 'stock:read', 'stock:write', 'insights:read'],
};

/** A person at the console sees everything, and decides for orders that wait; the work of the warehouse is confirmed in the warehouse. */
const CONSOLE: Scope[] = ['orders:read', 'orders:write', 'stock:read', 'stock:write', 'insights:read'];

/** The gateway cannot be told that a token is no good any more, so this is how long one outlives its client's secret. */
const MACHINE_TOKEN_VALIDITY = Duration.hours(1);
/** A browser is easier to take a token from, and renews it without anybody noticing. */
const CONSOLE_TOKEN_VALIDITY = Duration.minutes(15);
/** A working day: whoever comes back tomorrow signs in. */
const CONSOLE_SESSION = Duration.hours(12);

/** A user pool that issues bearer tokens to machines, and to people at a console, for whoever has no issuer of their own. */
export class MachineIdentity extends Construct {
  readonly issuer: TokenIssuer;
  readonly userPoolId: string;
  /** Where a client trades its id and secret for a token. */
  readonly tokenEndpoint: string;
  /** By the name of the client. The secrets stay in Cognito. */
  readonly clientIds: Record<string, string>;
  /** Of the client that has no secret, where there is a console. */
  readonly consoleClientId: string | undefined;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const userPool = new UserPool(this, 'UserPool', {
      selfSignUpEnabled: false,
      // How people sign in cannot be changed later, so it is said whether there are any yet or not.
      signInAliases: { email: true },
      signInCaseSensitive: false,
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: Mfa.REQUIRED,
      // By an app: text messages cost money, and a phone number can be taken over.
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      deletionProtection: config.deletionProtection,
      removalPolicy: config.removalPolicy,
    });
    Validations.of(userPool).acknowledge({
      id: 'AwsSolutions-COG8',
      reason:
        'The Plus plan watches sign-ins and costs money per person: here are a few, invited, with a second factor.',
    });
    const domain = userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: `fillrate-${stackUuid()}` } });
    const scopes = Object.entries(SCOPES).map(
      ([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription }),
    );
    const resourceServer = userPool.addResourceServer('ResourceServer', { identifier: RESOURCE_SERVER, scopes });
    const oAuthScopes = (granted: Scope[]) =>
      scopes
        .filter(({ scopeName }) => granted.some((each) => each === scopeName))
        .map((each) => OAuthScope.resourceServer(resourceServer, each));
    const machines = Object.entries(CLIENTS).map(([name, granted]) => ({
      name,
      client: addMachineClient(userPool, name, oAuthScopes(granted)),
    }));
    const { consoleUrls } = config;
    const consoleClient =
      consoleUrls.length > 0 ? addConsoleClient(userPool, consoleUrls, oAuthScopes(CONSOLE)) : undefined;

    this.userPoolId = userPool.userPoolId;
    this.tokenEndpoint = `${domain.baseUrl()}/oauth2/token`;
    this.clientIds = Object.fromEntries(machines.map(({ name, client }) => [name, client.userPoolClientId]));
    this.consoleClientId = consoleClient?.userPoolClientId;
    this.issuer = {
      issuer: userPool.userPoolProviderUrl,
      audience: [...machines.map(({ client }) => client), ...(consoleClient ? [consoleClient] : [])].map(
        ({ userPoolClientId }) => userPoolClientId,
      ),
      scopePrefix: `${RESOURCE_SERVER}/`,
    };
  }
}

/** What every client has in common: it is not told who has an account, and what was issued for it can be taken back. */
const CAREFUL = { preventUserExistenceErrors: true, enableTokenRevocation: true };

function addMachineClient(userPool: UserPool, name: string, scopes: OAuthScope[]): UserPoolClient {
  return userPool.addClient(name, {
    ...CAREFUL,
    generateSecret: true,
    oAuth: { flows: { clientCredentials: true }, scopes },
    // Nobody signs in through a machine's client. Left out, it would let people.
    authFlows: { userSrp: false },
    accessTokenValidity: MACHINE_TOKEN_VALIDITY,
  });
}

/** For pages in a browser, which keep no secret: a code goes to one of the URLs, and the page trades it in with PKCE. */
function addConsoleClient(userPool: UserPool, urls: string[], scopes: OAuthScope[]): UserPoolClient {
  return userPool.addClient('Console', {
    ...CAREFUL,
    generateSecret: false,
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, ...scopes],
      callbackUrls: urls,
      logoutUrls: urls,
    },
    // The password itself is never sent.
    authFlows: { userSrp: true },
    accessTokenValidity: CONSOLE_TOKEN_VALIDITY,
    idTokenValidity: CONSOLE_TOKEN_VALIDITY,
    refreshTokenValidity: CONSOLE_SESSION,
  });
}
