import { expect } from 'chai';
import { VirtualTimeScheduler, delay, mergeMap, of } from 'rxjs';
import { type MqttClient, type QoS, mqtt } from '../../src/index.js';
import { seededRandom } from '../../src/testing/simulation/random.js';
import { seeds } from '../chaos/seeds.js';
import { StrictServer } from './strict-server.js';

const noMatter = { error: () => undefined };

/** A client that publishes, subscribes, loses connections and reconnects for a minute of virtual time. */
function run(seed: number, protocolVersion: 5 | 4): StrictServer {
  const random = seededRandom(seed).next;
  const scheduler = new VirtualTimeScheduler(undefined, Infinity);
  const server = new StrictServer(scheduler, random, protocolVersion);
  const client = mqtt('mem://server', {
    transport: server.transport,
    scheduler,
    random,
    protocolVersion,
    clientId: 'me',
    clean: false,
    keepalive: 3,
    pingTimeout: 2000,
    // a message at which connections end at random keeps its place
    maxDeliveries: Infinity,
    reconnect: { initial: 20, jitter: 'none' },
    deliverQos2: server.chance(0.5) ? 'publish' : 'release',
    quiet: true,
    ...(protocolVersion === 5 && {
      properties: { receiveMaximum: 1 + server.upTo(4), topicAliasMaximum: server.upTo(3) },
    }),
  });
  const delivered = receive(client, server);
  act(client, server);
  scheduler.schedule(() => client.disconnect().subscribe(), 90_000);
  scheduler.flush();
  delivered.check();
  return server;
}

/** Acknowledges some messages by hand, in any order. */
function receive(client: MqttClient, server: StrictServer) {
  const times = new Map<string, number>();
  const refused = new Set<string>();
  const count = (payload: string) => void times.set(payload, (times.get(payload) ?? 0) + 1);
  client.topic$('auto/+', { qos: 2 }).subscribe({ next: message => count(message.text()), ...noMatter });
  client
    .topic$('manual/+', { ack: 'manual', qos: 2 })
    .pipe(mergeMap(message => of(message).pipe(delay(server.upTo(200), server.scheduler))))
    .subscribe({
      next: message => {
        count(message.text());
        if (!server.chance(0.1)) return void message.ack();
        message.reject(0x83);
        // a server that does not get the refusal sends the message again, which is another one then
        refused.add(message.text());
      },
      ...noMatter,
    });
  // the server may refuse the filters
  client.unrouted$.subscribe(message => count(message.text()));
  const check = () => {
    for (const [payload, qos] of server.published) {
      const found = times.get(payload) ?? 0;
      if (qos === 2 && found > 1 && !refused.has(payload))
        server.fault(`${payload} of QoS 2 is delivered ${found} times`);
      if (found === 0 && server.acknowledged.has(payload))
        server.fault(`${payload} is acknowledged, and not delivered`);
    }
  };
  return { check };
}

function act(client: MqttClient, server: StrictServer): void {
  const { scheduler } = server;
  let n = 0;
  const qos = () => server.upTo(2) as QoS;
  const publish = () => {
    const topic = `topic/${'x'.repeat(server.upTo(3))}`;
    const payload = `${n++}${'.'.repeat(server.upTo(40))}`;
    client.publish(topic, payload, { qos: qos(), retain: server.chance(0.2) }).subscribe(noMatter);
  };
  const trouble = [
    () => server.current?.cut(),
    () => server.current?.losePackets(),
    () => client.reconnect().subscribe(noMatter),
    () => {
      const subscription = client.topic$(`more/${server.upTo(3)}`, { qos: qos() }).subscribe(noMatter);
      scheduler.schedule(() => subscription.unsubscribe(), server.upTo(2000));
    },
  ];
  client.connect().subscribe(noMatter);
  for (let at = 0; at < 60_000; at += server.upTo(300)) {
    scheduler.schedule(() => {
      if (server.chance(0.08)) trouble[server.upTo(trouble.length - 1)]!();
      else if (server.chance(0.5)) for (let i = server.upTo(4); i >= 0; i--) publish();
      else server.current?.publish(qos(), `m${n++}`);
    }, at);
  }
}

describe('a client of a server that does what the specification allows, at random', () => {
  for (const version of [5, 4] as const) {
    for (const seed of seeds(...Array.from({ length: 12 }, (_, i) => i + 1))) {
      it(`${version}: breaks no rule, seed ${seed}`, () => {
        const { faults, log } = run(seed, version);
        const first = log.findIndex(line => line.includes(' !! '));
        expect(faults, log.slice(Math.max(0, first - 80), first + 1).join('\n')).to.deep.equal([]);
        expect(log.length).to.be.above(500);
      });
    }
  }
});
