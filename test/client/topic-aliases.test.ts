import { expect } from 'chai';
import { type Subscription, firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { type MemoryPeer, type MqttOptions, memoryTransport, mqtt } from '../../src/index.js';
import { peerReads } from '../codec/peer.js';
import { connack, puback } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

/** A broker with a session and aliases; what each connection sent, as `#1 topic=1`. It acknowledges while it may. */
class Broker {
  readonly connections: string[][] = [];
  acknowledges = true;
  #peer: MemoryPeer | undefined;
  #subscription: Subscription | undefined;

  constructor(readonly topicAliasMaximum: number) {}

  readonly transport = memoryTransport(peer => {
    const publishes: string[] = [];
    this.connections.push(publishes);
    this.#peer = peer;
    this.#subscription = peer.data$.subscribe(chunk => {
      for (const packet of peerReads(5, chunk)) {
        if (packet.cmd === 'connect') this.#accept();
        if (packet.cmd !== 'publish') continue;
        const { topic, dup, properties } = packet;
        publishes.push(`${topic}${properties?.topicAlias ? `=${properties.topicAlias}` : ''}${dup ? ' dup' : ''}`);
        if (this.acknowledges) peer.write(serverBytes(puback(packet.messageId!), 5));
      }
    });
  });

  cut(): void {
    this.#subscription?.unsubscribe();
    this.#peer!.close();
  }

  #accept(): void {
    const { topicAliasMaximum } = this;
    const sessionPresent = this.connections.length > 1;
    this.#peer!.write(serverBytes(connack({ sessionPresent, properties: { topicAliasMaximum } }), 5));
  }
}

function connected(broker: Broker, options: MqttOptions = {}) {
  return mqtt('mqtt://broker', {
    transport: broker.transport,
    protocolVersion: 5,
    clientId: 'me',
    clean: false,
    ...options,
  });
}

const three = Array.from({ length: 3 }, () => ({ topic: 'some/topic', qos: 1 }) as const);

describe('topic aliases of the client', () => {
  it('[MQTT-3.2.2-17] [MQTT-3.2.2-18] are used where the broker allows them; the option topicAliases: false, or a broker without, ends that', async () => {
    const seen = async (maximum: number, options: MqttOptions = {}) => {
      const broker = new Broker(maximum);
      const client = connected(broker, options);
      await lastValueFrom(client.publishAll(three).pipe(toArray()));
      client.close();
      return broker.connections;
    };
    const plain = [['some/topic', 'some/topic', 'some/topic']];
    expect(await seen(10)).to.deep.equal([['some/topic', 'some/topic=1', '=1']]);
    expect(await seen(10, { topicAliases: false })).to.deep.equal(plain);
    expect(await seen(0)).to.deep.equal(plain);
  });

  it('end with their connection: what is resent names its topic, and announces anew [S62]', async () => {
    const broker = new Broker(10);
    const client = connected(broker);
    await firstValueFrom(client.connect());
    broker.acknowledges = false;
    const outcomes = lastValueFrom(client.publishAll([...three, ...three]).pipe(toArray()));
    await new Promise(setImmediate);
    broker.acknowledges = true;
    broker.cut();
    await firstValueFrom(client.reconnect());
    expect((await outcomes).map(({ status }) => status)).to.deep.equal(Array(6).fill('published'));
    expect(broker.connections).to.deep.equal([
      ['some/topic', 'some/topic=1', '=1', '=1', '=1', '=1'],
      ['some/topic dup', 'some/topic=1 dup', '=1 dup', '=1 dup', '=1 dup', '=1 dup'],
    ]);
    client.close();
  });
});
