import { importJWK, SignJWT } from 'jose';
import type { Scope } from '../../core/http/scopes.ts';
import { ALGORITHM, type SigningKey } from './signing-key.ts';

/** What the API here asks of a token, as the gateway's authorizer is configured in AWS. */
export const DEVELOPMENT = { issuer: 'urn:fillrate:development', audience: 'fillrate', scopePrefix: 'fillrate/' };

const ONE_DAY_SECONDS = 24 * 3600;

/** What a request brings along, made anew when the last one comes of age. */
export type TokenSource = () => Promise<string>;

export interface TokenRequest {
  /** Who it is that asks: the ledger and the timelines name it. */
  readonly client: string;
  readonly scopes: readonly Scope[];
  readonly seconds: number;
}

/** Issues tokens that look like those of the user pool in AWS, for the API that runs here and no other. */
export class DevelopmentIssuer {
  readonly #key: SigningKey;

  constructor(key: SigningKey) {
    this.#key = key;
  }

  async token({ client, scopes, seconds }: TokenRequest): Promise<string> {
    const { issuer, audience, scopePrefix } = DEVELOPMENT;
    const scope = scopes.map((each) => `${scopePrefix}${each}`).join(' ');
    const issuedAt = Math.floor(Date.now() / 1000);
    return new SignJWT({ client_id: client, scope, token_use: 'access' })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#key.kid })
      .setIssuer(issuer)
      .setSubject(client)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .sign(await importJWK(this.#key, ALGORITHM));
  }

  /** For programs that run on: each gets its next token when half the life of the last is over. */
  source(client: string, scopes: readonly Scope[]): TokenSource {
    let token: Promise<string> | undefined;
    let madeAt = 0;
    return () => {
      const isYoung = Date.now() - madeAt < (ONE_DAY_SECONDS * 1000) / 2;
      if (token && isYoung) return token;
      madeAt = Date.now();
      token = this.token({ client, scopes, seconds: ONE_DAY_SECONDS });
      return token;
    };
  }
}
