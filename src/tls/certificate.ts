import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import {
  derBits,
  derContext,
  derInteger,
  derObjectId,
  derOctets,
  derSequence,
  derSet,
  derText,
  derTime,
  derTrue,
} from "./der.js";
import type { HostName } from "./host-name.js";

/** A certificate and the key that it is for, as PEM. */
export type CertifiedKey = { readonly cert: string; readonly key: string };

/** From when until when a certificate holds. */
export type Validity = { readonly from: Date; readonly until: Date };

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
} as const;

const SIGNATURE_ALGORITHM = derSequence(derObjectId(OID.ecdsaWithSha256));
/** Bits of `keyUsage`, from the left: 0 digitalSignature, 5 keyCertSign, 6 cRLSign. */
const MAY_SIGN_HANDSHAKES = derBits(Buffer.from([0b1000_0000]), 7);
const MAY_SIGN_CERTIFICATES = derBits(Buffer.from([0b0000_0110]), 1);

/**
 * Makes a certificate authority of one's own. It can vouch for the given names, those below them, and the given
 * addresses only: whoever steals its key can pretend to be none of the rest of the world.
 */
export function makeAuthority(hosts: readonly HostName[], validity: Validity): CertifiedKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = subjectName(`Parlante CA ${keyIdentifier(publicKey).toString("hex").slice(0, 8)}`);
  const cert = signCertificate({
    subject,
    issuer: subject,
    validity,
    publicKey,
    signingKey: privateKey,
    extensions: [
      extension(OID.basicConstraints, derSequence(derTrue(), derInteger(Buffer.from([0]))), "critical"),
      extension(OID.keyUsage, MAY_SIGN_CERTIFICATES, "critical"),
      extension(OID.subjectKeyIdentifier, derOctets(keyIdentifier(publicKey))),
      extension(OID.nameConstraints, derSequence(permittedNames(hosts)), "critical"),
    ],
  });
  return { cert, key: toPem(privateKey) };
}

/** Makes a certificate for a server under some names, which an authority vouches for. */
export function makeServerCertificate(
  hosts: readonly HostName[],
  validity: Validity,
  authority: { readonly subject: Uint8Array; readonly key: KeyObject },
): CertifiedKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const authorityId = keyIdentifier(createPublicKey(authority.key));
  const cert = signCertificate({
    subject: subjectName("Parlante server"),
    issuer: authority.subject,
    validity,
    publicKey,
    signingKey: authority.key,
    extensions: [
      extension(OID.basicConstraints, derSequence(), "critical"),
      extension(OID.keyUsage, MAY_SIGN_HANDSHAKES, "critical"),
      extension(OID.extendedKeyUsage, derSequence(derObjectId(OID.serverAuthentication))),
      extension(OID.subjectKeyIdentifier, derOctets(keyIdentifier(publicKey))),
      extension(OID.authorityKeyIdentifier, derSequence(derContext(0, authorityId, "primitive"))),
      extension(OID.subjectAltName, derSequence(...hosts.map((host) => generalName(host)))),
    ],
  });
  return { cert, key: toPem(privateKey) };
}

/** The name by which an authority's certificates call it, as it stands in them. */
export function authorityName(key: KeyObject): Buffer {
  const id = keyIdentifier(createPublicKey(key)).toString("hex");
  return subjectName(`Parlante CA ${id.slice(0, 8)}`);
}

type Content = {
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly validity: Validity;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
};

/** RFC 5280, section 4.1. */
function signCertificate({ subject, issuer, validity, publicKey, signingKey, extensions }: Content): string {
  const version3 = derContext(0, derInteger(Buffer.from([2])), "constructed");
  const content = derSequence(
    version3,
    derInteger(serialNumber()),
    SIGNATURE_ALGORITHM,
    issuer,
    derSequence(derTime(validity.from), derTime(validity.until)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    derContext(3, derSequence(...extensions), "constructed"),
  );
  const signature = sign("sha256", content, { key: signingKey, dsaEncoding: "der" });
  const whole = derSequence(content, SIGNATURE_ALGORITHM, derBits(signature));
  const lines = whole.toString("base64").match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function subjectName(commonName: string): Buffer {
  const attribute = (id: string, text: string) => derSet(derSequence(derObjectId(id), derText(text)));
  return derSequence(attribute(OID.organization, "Parlante"), attribute(OID.commonName, commonName));
}

/** Not to be guessed, and positive. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes;
}

/** RFC 7093, method 4: a hash of the public key and its algorithm. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest().subarray(0, 20);
}

function extension(id: string, value: Uint8Array, weight?: "critical"): Buffer {
  return derSequence(derObjectId(id), ...(weight === undefined ? [] : [derTrue()]), derOctets(value));
}

function generalName(host: HostName): Buffer {
  return host.kind === "name"
    ? derContext(2, Buffer.from(host.text, "ascii"), "primitive")
    : derContext(7, host.bytes, "primitive");
}

/** Whether an authority made by {@link makeAuthority} can vouch for a host. */
export function mayVouchFor(authorityCert: string, host: HostName): boolean {
  const { raw } = new X509Certificate(authorityCert);
  return widenings(host).some((wider) => raw.includes(permittedTree(wider)));
}

/** The host and, for a name, all that it lies below. */
function widenings(host: HostName): HostName[] {
  if (host.kind === "address") return [host];
  const labels = host.text.replace(/^\*\./, "").split(".");
  return labels.map((_, start) => ({ kind: "name", text: labels.slice(start).join(".") }));
}

function permittedNames(hosts: readonly HostName[]): Buffer {
  return derContext(0, Buffer.concat(hosts.map(permittedTree)), "constructed");
}

/** A name with all below it, or one address: its mask leaves nothing open. */
function permittedTree(host: HostName): Buffer {
  return derSequence(
    host.kind === "name"
      ? derContext(2, Buffer.from(host.text.replace(/^\*\./, ""), "ascii"), "primitive")
      : derContext(7, Buffer.concat([host.bytes, Buffer.alloc(host.bytes.length, 0xff)]), "primitive"),
  );
}

function toPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
