import { jwtVerify, SignJWT } from "jose";

/** Who issues tokens and who takes them: this program. */
const PARTY = "parlante";
const ALGORITHM = "HS256";

/**
 * Signs that its holder may make videos for a key, for some seconds.
 *
 * @param secret - shared by all nodes, 32 bytes or more
 * @param nowSeconds - seconds since 1970
 */
export async function signToken(
  keyId: string,
  lifetime: number,
  secret: Uint8Array,
  nowSeconds: number,
): Promise<string> {
  const issuedAt = Math.floor(nowSeconds);
  return new SignJWT({ scope: "run" })
    .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
    .setSubject(keyId)
    .setIssuer(PARTY)
    .setAudience(PARTY)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.max(1, Math.ceil(lifetime)))
    .sign(secret);
}

/** The id of the key that a token speaks for; null when it is not ours, changed, or too old. */
export async function readToken(
  token: string,
  secret: Uint8Array,
  nowSeconds: number,
): Promise<string | null> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: [ALGORITHM],
      issuer: PARTY,
      audience: PARTY,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(nowSeconds * 1000),
    });
    return payload.sub ?? null;
  } catch {
    // Whatever is wrong with it, it opens nothing; what exactly is nobody's business.
    return null;
  }
}
