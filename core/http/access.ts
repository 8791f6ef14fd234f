import { createMiddleware } from 'hono/factory';
import type { Services } from '../platform/services.ts';
import { type ApiEnvironment, type Claims, gatewayOf } from './environment.ts';
import { Problem } from './problem.ts';
import type { Caller, Scope } from './scopes.ts';

export interface Authorization {
  /** What the issuer of tokens puts before a scope: `fillrate/` where a token says `fillrate/orders:read`. */
  readonly scopePrefix: string;
}

/** Whoever asks an API that is open, as it is on the laptop. */
const ANYBODY: Caller = { actor: 'api', may: () => true };

/** Finds out who asks. The gateway has verified the token; without `authorization` none is looked for. */
export function identify(services: Services, authorization: Authorization | undefined) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const claims = gatewayOf(c)?.authorizer?.jwt?.claims;
    const caller = authorization ? claims && callerOf(claims, authorization) : ANYBODY;
    c.set('caller', caller);
    c.set('services', { ...services, actor: caller?.actor ?? ANYBODY.actor });
    await next();
  });
}

/** Lets pass whoever has the scope. */
export function allow(scope: Scope) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const { caller } = c.var;
    if (!caller) throw new Problem('unauthorized', { headers: { 'WWW-Authenticate': 'Bearer' } });
    if (!caller.may(scope)) {
      const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
      throw new Problem('insufficient-scope', {
        detail: `expected a token with the scope ${scope}`,
        headers: { 'WWW-Authenticate': challenge },
      });
    }
    await next();
  });
}

function callerOf(claims: Claims, { scopePrefix }: Authorization): Caller {
  const scopes = new Set(scopesOf(claims));
  return { actor: actorOf(claims), may: (scope) => scopes.has(`${scopePrefix}${scope}`) };
}

/** A person, where the client is a console that many people use: a user pool says `username` of people only, and it is no address. */
function actorOf({ username, client_id: clientId, sub }: Claims): string {
  return String(username ?? clientId ?? sub ?? ANYBODY.actor);
}

/** Issuers say `scope` or `scp`, and a list or words with spaces between; the gateway makes of a list the text `[a b]`. */
function scopesOf({ scope, scp }: Claims): string[] {
  const said = scope ?? scp ?? '';
  if (Array.isArray(said)) return said;
  return String(said)
    .replace(/^\[|\]$/g, '')
    .split(/[\s,]+/);
}
