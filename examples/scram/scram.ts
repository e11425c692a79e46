import { concatMap, startWith } from 'rxjs';
import type { Authentication } from './library.js';

export interface ScramCredentials {
  username: string;
  password: string;
  /** Chance, as text without commas. Default: 24 bytes of `crypto`. */
  nonce?: () => string;
}

/** Fewer rounds make a stolen answer easy to guess from, more are an attack on us (RFC 7677 section 4). */
const ROUNDS = { min: 4096, max: 1_000_000 };

/** No channel binding (RFC 5802 section 7). */
const HEADER = 'n,,';

/**
 * SCRAM-SHA-256 (RFC 5802 and 7677) with WebCrypto, so it runs in Node and in browsers. The password never leaves this function, and
 * a server that does not know it is refused.
 */
export function scramSha256({ username, password, nonce = randomNonce }: ScramCredentials): Authentication {
  return {
    method: 'SCRAM-SHA-256',
    exchange: challenge$ => {
      const ours = nonce();
      const clientFirst = `n=${escaped(prepared(username))},r=${ours}`;
      let expected: string | undefined;

      return challenge$.pipe(
        concatMap(async ({ data, final }) => {
          const said = new TextDecoder().decode(data);
          if (final) {
            if (expected === undefined || said.split(',')[0] !== expected)
              throw new Error('the server has not proved that it knows the password');
            return [];
          }
          if (expected !== undefined) throw new Error('the server asks a second time');
          const proof = await prove(password, clientFirst, ours, said);
          expected = `v=${proof.server}`;
          return [proof.answer];
        }),
        concatMap(answers => answers),
        startWith(HEADER + clientFirst),
      );
    },
  };
}

/** Our answer to the server's first message, and the signature that it then owes us (RFC 5802 section 3). */
async function prove(password: string, clientFirst: string, ours: string, serverFirst: string) {
  const [, theirs = '', salt = '', rounds = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)(,|$)/.exec(serverFirst) ?? [];
  const iterations = Number(rounds);
  if (!theirs.startsWith(ours) || theirs === ours) throw new Error('the server did not take up our nonce');
  if (iterations < ROUNDS.min || iterations > ROUNDS.max) throw new Error(`the server asks for ${iterations} rounds`);

  const salted = await hi(utf8(prepared(password)), fromBase64(salt), iterations);
  const clientKey = await hmac(salted, 'Client Key');
  const storedKey = new Uint8Array(await crypto.subtle.digest('SHA-256', clientKey));
  const withoutProof = `c=${btoa(HEADER)},r=${theirs}`;
  const everything = `${clientFirst},${serverFirst},${withoutProof}`;
  const signature = await hmac(storedKey, everything);
  const proof = clientKey.map((byte, i) => byte ^ signature[i]!);
  const server = await hmac(await hmac(salted, 'Server Key'), everything);
  return { answer: `${withoutProof},p=${toBase64(proof)}`, server: toBase64(server) };
}

type Bytes = Uint8Array<ArrayBuffer>;

async function hi(password: Bytes, salt: Bytes, iterations: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256),
  );
}

async function hmac(key: Bytes, text: string): Promise<Bytes> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8(text)));
}

/** What of SASLprep (RFC 4013) a platform has built in; prohibited characters are the server's to refuse. */
const prepared = (text: string): string => text.normalize('NFKC');
const escaped = (name: string): string => name.replaceAll('=', '=3D').replaceAll(',', '=2C');
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), char => char.charCodeAt(0));
const randomNonce = (): string => toBase64(crypto.getRandomValues(new Uint8Array(24)));
