import { type KeyObject, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, boolean, implicit, integer, octets, oid, sequence, set, tagged, utcTime, utf8 } from './der.js';

/** A certificate of X.509 with its key, made for a test and thrown away with it. */
export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly der: Buffer;
}

export interface CertificateRequest {
  name?: string;
  /** Names and IP addresses that it is for. */
  hosts?: readonly string[];
  /** Who signs it. Default: itself. */
  issuer?: Certificate;
  /** It may sign others. */
  authority?: boolean;
  /** Days from now. */
  from?: number;
  until?: number;
}

const DAY = 86_400_000;
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

export function certificate(request: CertificateRequest = {}): Certificate {
  const { name = 'test', hosts = [], issuer, authority = false, from = -1, until = 1 } = request;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signed = sequence(
    tagged(0, integer(2)),
    integer(1, ...randomBytes(8)),
    ecdsaWithSha256,
    commonName(issuer?.name ?? name),
    sequence(...[from, until].map(days => utcTime(new Date(Date.now() + days * DAY)))),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions(authority, hosts))),
  );
  const signature = sign('sha256', signed, issuer?.privateKey ?? privateKey);
  const der = sequence(signed, ecdsaWithSha256, bits(signature));
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines(der), '-----END CERTIFICATE-----', ''].join('\n'),
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    name,
    privateKey,
    der,
  };
}

/** The private key, locked. */
export const lockedKey = ({ privateKey }: Certificate, passphrase: string): string =>
  String(privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }));

/** Certificate and key in one file of PKCS #12, without encryption and without a MAC. */
export function pkcs12({ der, privateKey }: Certificate): Buffer {
  const data = (content: Buffer) => sequence(oid('1.2.840.113549.1.7.1'), tagged(0, octets(content)));
  // OpenSSL looks for the certificate that has the key's id
  const id = set(sequence(oid('1.2.840.113549.1.9.21'), set(octets(Uint8Array.of(1)))));
  const bag = (type: number, content: Buffer) =>
    sequence(oid(`1.2.840.113549.1.12.10.1.${type}`), tagged(0, content), id);
  const certificateBag = bag(3, sequence(oid('1.2.840.113549.1.9.22.1'), tagged(0, octets(der))));
  const keyBag = bag(1, privateKey.export({ type: 'pkcs8', format: 'der' }));
  return sequence(integer(3), data(sequence(data(sequence(keyBag)), data(sequence(certificateBag)))));
}

const lines = (bytes: Buffer) => bytes.toString('base64').match(/.{1,64}/g) ?? [];

const commonName = (name: string) => sequence(set(sequence(oid('2.5.4.3'), utf8(name))));

function extensions(authority: boolean, hosts: readonly string[]): Buffer[] {
  const constraints = sequence(
    oid('2.5.29.19'),
    boolean(true),
    octets(sequence(...(authority ? [boolean(true)] : []))),
  );
  if (hosts.length === 0) return [constraints];
  const names = hosts.map(host =>
    isIP(host) ? implicit(7, Uint8Array.from(host.split('.'), Number)) : implicit(2, Buffer.from(host)),
  );
  return [constraints, sequence(oid('2.5.29.17'), octets(sequence(...names)))];
}
