import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, map, takeWhile, toArray } from 'rxjs';
import type { MqttClient, MqttErrorCode, MqttOptions } from '../../src/index.js';
import { describeWithoutLeaks } from '../support/resources.js';
import {
  type WrongServer,
  refusedServer,
  startClosingServer,
  startHttpServer,
  startSilentServer,
  startTcpServer,
} from '../support/tcp-servers.js';
import { closed, closedAfterEach, inState, listen } from './support.js';

interface Wrong {
  readonly what: string;
  readonly server: () => Promise<Pick<WrongServer, 'url' | 'close'>>;
  readonly options?: MqttOptions;
  readonly code: MqttErrorCode;
  readonly phase: string;
  readonly words: RegExp;
}

const wrongs: readonly Wrong[] = [
  {
    what: 'a port that nobody listens on',
    server: refusedServer,
    code: 'CONNECTION_FAILED',
    phase: 'tcp',
    words: /cannot connect to 127\.0\.0\.1:\d+: nothing listens .*\(ECONNREFUSED\)/,
  },
  {
    what: 'a host that does not exist',
    server: () => Promise.resolve({ url: 'mqtt://no-such-host.invalid', close: () => Promise.resolve() }),
    code: 'CONNECTION_FAILED',
    phase: 'dns',
    words: /cannot connect to no-such-host\.invalid:1883: .*(ENOTFOUND|EAI_AGAIN)/,
  },
  {
    what: 'an HTTP server',
    server: startHttpServer,
    code: 'CONNECTION_FAILED',
    phase: 'mqtt',
    words: /it speaks HTTP: use ws:/,
  },
  {
    what: 'an SSH server',
    server: () => startTcpServer(socket => socket.write('SSH-2.0-OpenSSH_9.2\r\n')),
    code: 'CONNECTION_FAILED',
    phase: 'mqtt',
    words: /that port does not speak MQTT; it begins with 'SSH-2\.0-OpenSSH_9\.2'$/,
  },
  {
    what: 'an AMQP server',
    server: () => startTcpServer(socket => socket.write('AMQP\0\0\x09\x01')),
    code: 'CONNECTION_FAILED',
    phase: 'mqtt',
    words: /that port does not speak MQTT; it begins with 'AMQP'$/,
  },
  {
    what: 'a server that repeats what it was sent',
    server: () =>
      startTcpServer(socket => socket.once('data', data => socket.write(`-ERR unknown command ${String(data)}`))),
    options: { username: 'me', password: 'secret' },
    code: 'CONNECTION_FAILED',
    phase: 'mqtt',
    words: /that port does not speak MQTT; it begins with '-ERR'$/,
  },
  {
    what: 'a port that says nothing',
    server: startSilentServer,
    options: { connectTimeout: 400 },
    code: 'CONNECT_TIMEOUT',
    phase: 'mqtt',
    words: /no CONNACK came within \d+ ms/,
  },
  {
    what: 'a port that closes at once',
    server: startClosingServer,
    code: 'CONNECTION_CLOSED',
    phase: 'mqtt',
    words: /no CONNACK came: the broker closed the connection; the broker may not speak/,
  },
  {
    what: 'a server that resets the connection at CONNECT',
    server: () => startTcpServer(socket => socket.once('data', () => socket.resetAndDestroy())),
    code: 'CONNECTION_CLOSED',
    phase: 'mqtt',
    words: /no CONNACK came: the connection broke: .*ECONNRESET/,
  },
];

describeWithoutLeaks('N2: servers that are no brokers', () => {
  const client = closedAfterEach();
  let server: Pick<WrongServer, 'url' | 'close'> | undefined;

  // as if these could wait: none of the tests below may need them
  const patient = { closeTimeout: 60_000, reconnect: { initial: 60_000, max: 60_000, jitter: 'none' } } as const;

  afterEach(() => server?.close());

  for (const { what, server: start, options, code, phase, words } of wrongs) {
    for (const protocolVersion of ['auto', 5, 4, 3] as const) {
      it(`${what} (${protocolVersion}): ${code} in the phase ${phase}, and closes at once`, async () => {
        server = await start();
        const mqtt = client(server.url, { ...patient, protocolVersion, ...options });
        const inbox = listen(mqtt, 't');
        const { error, attempt, delay } = await inState(mqtt, 'reconnecting');
        expect(error).to.include({ code, phase, retryable: true });
        expect(error.message).to.match(words);
        expect({ attempt, delay }).to.deep.equal({ attempt: 1, delay: 60_000 });
        await closed(mqtt);
        await inbox.ended;
      });
    }
  }

  it('closes at once in the middle of an attempt, and connect() says why', async () => {
    server = await startSilentServer();
    const mqtt: MqttClient = client(server.url, patient);
    const states = firstValueFrom(
      mqtt.connection$.pipe(
        takeWhile(({ status }) => status !== 'closed', true),
        map(({ status }) => status),
        toArray(),
      ),
    );
    const connecting = lastValueFrom(mqtt.connect()).catch((error: unknown) => error);
    await closed(mqtt);
    expect(await connecting).to.include({ code: 'CLIENT_CLOSED' });
    expect(await states).to.deep.equal(['idle', 'connecting', 'disconnecting', 'closed']);
  });

  it('gives up after maxRetries with the reason', async () => {
    server = await refusedServer();
    const mqtt = client(server.url, { reconnect: { initial: 1, jitter: 'none', maxRetries: 3 } });
    const attempts: number[] = [];
    mqtt.connection$.subscribe(state => state.status === 'connecting' && attempts.push(state.attempt));
    const error = await lastValueFrom(mqtt.connect()).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'CONNECTION_FAILED', phase: 'tcp' });
    expect(mqtt.connection).to.deep.equal({ status: 'closed', error });
    expect(attempts).to.deep.equal([1, 2, 3, 4]);
  });
});
