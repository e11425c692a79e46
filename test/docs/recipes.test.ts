import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { expect } from 'chai';
import { ReplaySubject, filter, firstValueFrom, take, toArray } from 'rxjs';
import { awsIot } from '../../examples/recipes/aws-iot.js';
import { withBackup } from '../../examples/recipes/backup-server.js';
import { bridge, relay } from '../../examples/recipes/bridge.js';
import { readings, report } from '../../examples/recipes/json.js';
import { provisioned } from '../../examples/recipes/provisioning.js';
import type { MqttClient } from '../../src/index.js';
import {
  closed,
  closedAfterEach,
  connected,
  failure,
  inState,
  published,
  quick,
  settled,
  subscribed,
  texts,
  watch,
} from '../broker/support.js';
import { type AedesServer, startAedes } from '../support/aedes.js';
import { certificate } from '../support/certificates.js';
import { CuttableServer } from '../support/cuttable-server.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { tlsDoor } from '../transport/support.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/recipes.md', () => {
  it('shows the examples as they are', () => {
    const page = read('docs/recipes.md');
    const shown = [...page.matchAll(/\[(examples\/recipes\/[\w-]+\.ts)\][^]*?```ts\n([^]*?)```/g)];
    expect(shown).to.have.length(5);
    for (const [, path, code] of shown) expect(code).to.equal(read(path!).replace('./library.js', 'rxjs-mqtt'));
  });
});

describe('the pages of recipes', () => {
  for (const [page, count] of Object.entries({
    'docs/batches.md': 3,
    'docs/device-fleet.md': 2,
    'docs/digital-twin.md': 1,
    'docs/home-assistant.md': 1,
    'docs/server-sent-events.md': 1,
    'docs/sparkplug.md': 3,
  })) {
    it(`${page} shows its files as they are`, () => {
      const shown = [
        ...read(page).matchAll(/\[[\w-]+\.ts\]\(\.\.\/(examples\/.*)\)\n\n```(?:ts|typescript)\n([^]*?)^```$/gm),
      ];
      expect(shown).to.have.length(count);
      for (const [, path, code] of shown)
        expect(code).to.equal(read(path!).replace(/\.{1,2}\/library\.js/, 'rxjs-mqtt'));
    });
  }
});

describe('docs/durability.md', () => {
  it('shows the recipes of exactly once as they are', () => {
    const page = read('docs/durability.md');
    const shown = [...page.matchAll(/\[[\w-]+\.ts\]\(\.\.\/(.*)\)\n\n```typescript\n([^]*?)^```$/gm)];
    expect(shown).to.have.length(3);
    for (const [, path, code] of shown) expect(code).to.equal(read(path!).replace('./library.js', 'rxjs-mqtt'));
  });
});

describeWithoutLeaks('recipes', () => {
  const client = closedAfterEach();
  /** A client of a recipe, closed when the test is over. */
  let recipes: MqttClient[] = [];
  const made = (mqtt: MqttClient) => {
    recipes.push(mqtt);
    return mqtt;
  };
  afterEach(async () => {
    await Promise.all(recipes.map(closed));
    recipes = [];
  });

  describe('I4: provisioning', () => {
    let broker: AedesServer;
    let service: CuttableServer;
    let url: string;
    /** What the service says now, and what the broker takes. */
    let password: string;
    let accepted: string;
    let answers: { status: number; password?: string }[];
    let asked: string[];

    beforeEach(async () => {
      [password, accepted, answers, asked] = ['first', 'first', [], []];
      broker = await startAedes({
        authenticate: (device, username, given, done) => {
          const isGood = device.id === 'device-7' && username === 'fleet' && String(given) === accepted;
          done(isGood ? null : Object.assign(new Error('no'), { returnCode: 4 }), isGood);
        },
      });
      const http = createServer((request, response) => {
        asked.push(String(request.headers.authorization));
        const answer = answers.shift() ?? { status: 200 };
        const body = {
          broker: broker.url,
          clientId: 'device-7',
          username: 'fleet',
          password: answer.password ?? password,
        };
        response.writeHead(answer.status, { 'Content-Type': 'application/json', Connection: 'close' });
        response.end(JSON.stringify(body));
      });
      service = await CuttableServer.over(http);
      url = `http://127.0.0.1:${service.port}/provision`;
    });
    afterEach(async () => {
      await service.stop();
      await broker.close();
    });

    const start = () => made(provisioned(url, 'factory-key', { ...quick, protocolVersion: 4 }));

    it('I4: on the first run it learns broker, client id and credentials, and proves who it is', async () => {
      const device = start();
      await connected(device);
      expect(device.connection)
        .to.include({ status: 'connected' })
        .and.have.property('limits')
        .that.includes({ clientId: 'device-7' });
      expect(asked).to.deep.equal(['Bearer factory-key']);
    });

    it('I4: the service is not ready on the first run: it asks again', async () => {
      answers = [{ status: 503 }, { status: 503 }];
      const device = start();
      const trouble = inState(device, 'reconnecting');
      await connected(device);
      expect((await trouble).error).to.include({ code: 'OPTIONS_FAILED' });
      expect(asked).to.have.length(3);
    });

    it('I4: revoked while it was connected: it gets new credentials, and its subscriptions go on', async () => {
      const device = start();
      const inbox = await subscribed(device, 'jobs');
      password = accepted = 'second';
      broker.cut();
      await inState(device, 'reconnecting');
      await connected(device);
      await published(device, 'jobs', 'go on', { qos: 1 });
      expect(texts(await inbox.first(1))).to.deep.equal(['go on']);
      expect(asked).to.have.length(2);
    });

    it('I4: the broker refuses what the service said a moment ago: it is asked once more, at once', async () => {
      accepted = password = 'second';
      answers = [{ status: 200, password: 'revoked' }];
      const device = start();
      await connected(device);
      expect(asked).to.have.length(2);
    });

    it('I4: no credentials are good: it stops and says so, and does not hammer the service', async () => {
      accepted = 'nobody knows';
      expect(await failure(start().connect())).to.include({ code: 'CONNECTION_REFUSED', reasonCode: 0x86 });
      expect(asked).to.have.length(2);
    });

    it('I4: the service is away when the connection is lost: what it said last is used', async () => {
      const device = start();
      await connected(device);
      await service.stop();
      broker.cut();
      await inState(device, 'reconnecting');
      await connected(device);
      expect(asked).to.have.length(1);
    });
  });

  it('I1: AWS IoT Core over port 443: ALPN, a certificate of its own, QoS 1 at the most, 8 filters a SUBSCRIBE', async () => {
    const authority = certificate({ name: 'authority', authority: true });
    const aws = certificate({ name: 'aws', hosts: ['localhost', '127.0.0.1'], issuer: authority });
    const thing = certificate({ name: 'thing', issuer: authority });
    const door = await tlsDoor({ ...aws, ca: authority.cert, requestCert: true, ALPNProtocols: ['x-amzn-mqtt-ca'] });
    const device = made(
      awsIot('127.0.0.1', { name: 'thing', cert: thing.cert, key: thing.key, ca: authority.cert }, door.port),
    );
    const packets = watch(device);
    await connected(device);
    expect(door.sockets.at(-1)).to.include({ alpnProtocol: 'x-amzn-mqtt-ca', authorized: true });

    const filters = Array.from({ length: 20 }, (_, i) => `things/${i}/jobs`);
    await subscribed(device, filters, { qos: 2 });
    await settled(device, 'subscribe', filters.at(-1)!);
    const requests = packets.sent('subscribe').map(line => line.split(' ').slice(2));
    expect(requests.map(({ length }) => length)).to.deep.equal([8, 8, 4]);
    expect(requests.flat().every(filter => filter.endsWith(':1'))).to.equal(true);

    expect(await published(device, 'things/1/state', 'on', { qos: 2 })).to.include({ qos: 1, reached: 'acknowledged' });
    await closed(device);
    await door.close();
  });

  it('M3: goes to the backup server while the main one is away, and back again', async () => {
    const [main, backup] = await Promise.all([startAedes(), startAedes()]);
    const mqtt = made(withBackup(main.url, backup.url, { minimum: 5, maximum: 20, jitter: 'none' }));
    const urls$ = new ReplaySubject<string>();
    mqtt.connection$.pipe(filter(state => state.status === 'connected')).subscribe({
      next: ({ url }) => urls$.next(url.slice(0, main.url.length)),
    });
    const visited = (count: number) => firstValueFrom(urls$.pipe(take(count), toArray()));

    const inbox = await subscribed(mqtt, 't');
    const again = settled(mqtt, 'subscribe', 't');
    await main.stop();
    await again;
    const elsewhere = client(backup.url);
    await published(elsewhere, 't', 'from the backup', { qos: 1 });
    await inbox.first(1);
    await main.start();
    await closed(elsewhere);
    await backup.stop();
    expect(await visited(3)).to.deep.equal([main.url, backup.url, main.url]);
    expect(texts(inbox.messages)).to.deep.equal(['from the backup']);
    await closed(mqtt);
    await main.close();
    await backup.close();
  });

  describe('with a broker', () => {
    let broker: AedesServer;
    let other: AedesServer;
    beforeEach(async () => {
      [broker, other] = await Promise.all([startAedes(), startAedes()]);
    });
    afterEach(async () => {
      await Promise.all([...recipes.map(closed)]);
      await broker.close();
      await other.close();
    });

    it('M7: publishes JSON, and reads it', async () => {
      const mqtt = made(client(broker.url));
      const ready = settled(mqtt, 'subscribe', 'sensors/+');
      const got = firstValueFrom(readings(mqtt).pipe(take(2), toArray()));
      const unread = firstValueFrom(mqtt.undecodable$);
      await ready;
      const result = await firstValueFrom(report(mqtt, 'attic', 31.5));
      expect(result.packetId).to.be.above(0);
      await published(mqtt, 'sensors/cellar', '{"fahrenheit":50}', { qos: 1 });
      await firstValueFrom(report(mqtt, 'porch', -3));
      expect(await got).to.deep.equal([
        { sensor: 'attic', celsius: 31.5 },
        { sensor: 'porch', celsius: -3 },
      ]);
      expect((await unread).message.text()).to.equal('{"fahrenheit":50}');
    });

    it('I5: several clients in one process: a bridge from one broker to another', async () => {
      const [from, to, source, target] = [
        made(client(broker.url)),
        made(client(other.url)),
        made(client(broker.url)),
        made(client(other.url)),
      ];
      const inbox = await subscribed(target, '#', { qos: 1 });
      const ready = settled(from, 'subscribe', 'out/#');
      const results = firstValueFrom(bridge(from, to, 'out/#').pipe(take(20), toArray()));
      await ready;
      const numbers = Array.from({ length: 20 }, (_, i) => String(i));
      await Promise.all(numbers.map(text => published(source, 'out/n', text, { qos: 1 })));
      expect((await results).map(({ topic }) => topic)).to.deep.equal(numbers.map(() => 'out/n'));
      expect(texts(await inbox.first(20))).to.deep.equal(numbers);
    });

    it('relay: what the other broker has not taken is still with the first, though the process ends', async () => {
      const lasting = { clean: false, clientId: 'relay' };
      const source = made(client(broker.url));
      await other.stop();
      const [first, nowhere] = [client(broker.url, lasting), client(other.url)];
      const ready = settled(first, 'subscribe', 'out/#');
      relay(first, nowhere, 'out/#').subscribe({ error: () => undefined }); // closed below
      await ready;
      const numbers = Array.from({ length: 20 }, (_, i) => String(i));
      await Promise.all(numbers.map(text => published(source, 'out/n', text, { qos: 1 })));
      await closed(first);
      await closed(nowhere);

      await other.start();
      const inbox = await subscribed(made(client(other.url)), '#', { qos: 1 });
      const [again, to] = [made(client(broker.url, lasting)), made(client(other.url))];
      relay(again, to, 'out/#').subscribe();
      const came = await inbox.first(20);
      expect(texts(came)).to.have.members(numbers);
    });
  });
});
