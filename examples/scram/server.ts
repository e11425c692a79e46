import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a server keeps of a password (RFC 5802 section 3); nobody can log in with it. */
export interface StoredPassword {
  salt: Buffer;
  iterations: number;
  storedKey: Buffer;
  serverKey: Buffer;
}

export function store(password: string, salt = randomBytes(16), iterations = 4096): StoredPassword {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  return { salt, iterations, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** The server's half of one SCRAM-SHA-256. Undefined: the client is refused. */
export class ScramServer {
  readonly #users: ReadonlyMap<string, StoredPassword>;
  readonly #nonce: string;
  #user: StoredPassword | undefined;
  #said = '';
  #expected = '';

  constructor(users: ReadonlyMap<string, StoredPassword>, nonce = randomBytes(18).toString('base64')) {
    this.#users = users;
    this.#nonce = nonce;
  }

  /** Answers the client's first message. */
  challenge(clientFirst: string): string | undefined {
    const [, bare, name, ours] = /^n,,(n=([^,]+),r=([^,]+))$/.exec(clientFirst) ?? [];
    const user = this.#users.get((name ?? '').replaceAll('=2C', ',').replaceAll('=3D', '='));
    if (user === undefined) return undefined;
    this.#user = user;
    const nonce = `${ours}${this.#nonce}`;
    const answer = `r=${nonce},s=${user.salt.toString('base64')},i=${user.iterations}`;
    this.#expected = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
    this.#said = `${bare},${answer},${this.#expected}`;
    return answer;
  }

  /** Answers the client's proof with our own. */
  verify(clientFinal: string): string | undefined {
    const [, withoutProof, proof = ''] = /^(.*),p=([^,]+)$/.exec(clientFinal) ?? [];
    if (this.#user === undefined || withoutProof !== this.#expected) return undefined;
    const { storedKey, serverKey } = this.#user;
    const signature = hmac(storedKey, this.#said);
    const given = Buffer.from(proof, 'base64');
    if (given.length !== signature.length) return undefined;
    const key = Buffer.from(given.map((byte, i) => byte ^ signature[i]!));
    if (!timingSafeEqual(createHash('sha256').update(key).digest(), storedKey)) return undefined;
    return `v=${hmac(serverKey, this.#said).toString('base64')}`;
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
