import type { Context } from 'hono';
import type { Services } from '../platform/services.ts';
import type { Caller } from './scopes.ts';

/** What API Gateway's JWT authorizer has read in a token. */
export type Claims = Readonly<Record<string, string | number | boolean | string[]>>;

/** The part of a gateway's request (HTTP API, payload format 2.0) that the API looks at. */
interface GatewayRequest {
  readonly requestId: string;
  readonly authorizer?: { readonly jwt?: { readonly claims: Claims } };
}

export interface ApiEnvironment {
  /** Behind a gateway, hono's Lambda adapter hands its event over; elsewhere there is none. */
  readonly Bindings: {
    readonly event?: { readonly requestContext: GatewayRequest };
    readonly lambdaContext?: { readonly awsRequestId: string };
  };
  readonly Variables: {
    /** The services, acting for whoever asks. */
    services: Services;
    /** Whoever asks; undefined where a token was needed and none was there. */
    caller: Caller | undefined;
    requestId: string;
  };
}

export type ApiContext = Context<ApiEnvironment>;

export function gatewayOf(c: ApiContext): GatewayRequest | undefined {
  // Called without a server, an app has no bindings at all.
  const bindings: ApiEnvironment['Bindings'] | undefined = c.env;
  return bindings?.event?.requestContext;
}
