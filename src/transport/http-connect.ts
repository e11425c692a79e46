import type { Address } from './address.js';
import { type Credentials, type Dialogue, Refusal } from './dialogue.js';

const END = '\r\n\r\n';

const hints: Readonly<Record<number, readonly [words: string, retryable: boolean]>> = {
  403: ['it does not allow that host or port', true],
  405: ['it does not support CONNECT, which MQTT needs', true],
  407: ['it wants other credentials, or any: http://user:password@host:port', false],
  502: ['it does not reach the broker', true],
  503: ['it does not reach the broker', true],
  504: ['the broker did not answer it', true],
};

/** HTTP CONNECT (RFC 9110 section 9.3.6), with Basic authentication where there are credentials. */
export function* httpConnect({ host, port }: Address, { username, password }: Credentials): Dialogue {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(username === '' && password === '' ? [] : [`Proxy-Authorization: Basic ${basic}`]),
  ];
  const head = yield {
    say: Buffer.from(lines.join('\r\n') + END),
    answer: received => {
      if (!'HTTP/'.startsWith(received.toString('latin1', 0, 5))) throw new Refusal('it does not speak HTTP');
      const end = received.indexOf(END);
      return end < 0 ? undefined : end + END.length;
    },
  };
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1]);
  if (status >= 200 && status < 300) return;
  const [words, retryable] = hints[status] ?? ['it refuses', true];
  throw new Refusal(`${words} (HTTP ${status || 'without a status'})`, retryable);
}
