import { errors, importJWK, type JWTPayload, jwtVerify } from 'jose';
import type { Claims } from '../../core/http/environment.ts';
import { Problem } from '../../core/http/problem.ts';
import { DEVELOPMENT } from './issuer.ts';
import { ALGORITHM, type SigningKey } from './signing-key.ts';

/** @throws Problem where the header holds no token that is to be taken. */
export type Authorizer = (authorization: string | undefined) => Promise<Claims>;

const HOW = 'expected Authorization: Bearer <token>; "npm run token" makes one';

/**
 * Takes and refuses tokens as API Gateway's JWT authorizer does, one by one of the claims that its documentation says it looks at:
 * `kid`, `iss`, `aud` (or `client_id`, where there is no `aud`), `exp`, `nbf` and `iat`. What it does not look at is not looked at here.
 */
export async function authorizerOf({ kid, n, e, kty }: SigningKey): Promise<Authorizer> {
  const publicKey = await importJWK({ kty: kty ?? 'RSA', n: n ?? '', e: e ?? '' }, ALGORITHM);
  return async (authorization) => {
    if (!authorization) {
      throw new Problem('unauthorized', { detail: HOW, headers: { 'WWW-Authenticate': 'Bearer' } });
    }
    // The token alone is taken, too.
    const token = authorization.replace(/^Bearer /, '').trim();
    try {
      const { payload, protectedHeader } = await jwtVerify(token, publicKey, {
        algorithms: [ALGORITHM],
        issuer: DEVELOPMENT.issuer,
        requiredClaims: ['exp'],
      });
      if (protectedHeader.kid !== kid) throw new Refused('the token is signed with another key than it names');
      checkAudience(payload);
      checkAge(payload);
      return claimsOf(payload);
    } catch (error) {
      throw refused(whyNot(error));
    }
  };
}

class Refused extends Error {
  override name = 'Refused';
}

function checkAudience({ aud, client_id: clientId }: JWTPayload): void {
  const meant = [aud ?? clientId].flat();
  if (!meant.includes(DEVELOPMENT.audience)) throw new Refused('the token does not have a valid audience');
}

function checkAge({ iat }: JWTPayload): void {
  if (iat !== undefined && iat * 1000 > Date.now()) throw new Refused('the token was issued in the future');
}

/** In words that fit into a header: none of what the token says is repeated. */
function whyNot(error: unknown): string {
  if (error instanceof Refused) return error.message;
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return whyNotClaim(error);
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the token is not signed by the issuer';
  if (error instanceof errors.JOSEAlgNotAllowed) return `the token is not signed with ${ALGORITHM}`;
  if (error instanceof errors.JOSEError) return 'the token is not a JWT that can be read';
  throw error;
}

function whyNotClaim({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'iss') return 'the token does not have a valid issuer';
  if (claim === 'nbf' && reason === 'check_failed') return 'the token is not to be used yet';
  return `the token has no ${claim} that can be used`;
}

function refused(why: string): Problem {
  const headers = { 'WWW-Authenticate': `Bearer error="invalid_token", error_description="${why}"` };
  return new Problem('unauthorized', { detail: `${why}: ${HOW}`, headers });
}

/** Every claim a text, and a list in brackets: so the gateway hands them over. */
function claimsOf(payload: JWTPayload): Claims {
  const asText = (value: unknown) => (Array.isArray(value) ? `[${value.join(' ')}]` : String(value));
  return Object.fromEntries(Object.entries(payload).map(([claim, value]) => [claim, asText(value)]));
}
