import { expect } from 'chai';
import { Subject, catchError, firstValueFrom, from, lastValueFrom, mergeMap, of, toArray } from 'rxjs';
import { type MqttError, type MqttOptions, type OutgoingMessage, memoryTransport, mqtt } from '../../src/index.js';
import { peerReads } from '../codec/peer.js';
import { connack, puback } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

const MB = 1_000_000;
const payload = new Uint8Array(MB);

/** A broker that reads everything, and acknowledges a message when it is told to. */
class SilentBroker {
  readonly received: number[] = [];
  readonly received$ = new Subject<void>();
  #answer: (packetId: number) => void = () => undefined;

  readonly transport = memoryTransport(peer => {
    this.#answer = packetId => peer.write(serverBytes(puback(packetId), 5));
    peer.data$.subscribe(chunk => {
      for (const packet of peerReads(5, chunk)) {
        if (packet.cmd === 'connect') peer.write(serverBytes(connack(), 5));
        if (packet.cmd === 'publish' && packet.qos > 0) this.received.push(packet.messageId!);
      }
      this.received$.next();
    });
  });

  client(options: MqttOptions = {}) {
    return mqtt('mqtt://broker', { transport: this.transport, protocolVersion: 5, ...options });
  }

  acknowledgeAll(): void {
    for (const packetId of this.received.splice(0)) setImmediate(this.#answer, packetId);
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('300 messages of 1 MB to a broker that acknowledges none', () => {
  it('16 are in flight, one waits, and all others are refused with QUEUE_FULL [S115]', async () => {
    const broker = new SilentBroker();
    await using client = broker.client();
    await firstValueFrom(client.connect());
    const refused = from(Array.from({ length: 300 })).pipe(
      mergeMap(() =>
        client.publish('t', payload, { qos: 1 }).pipe(catchError((error: unknown) => of((error as MqttError).code))),
      ),
    );
    const codes: unknown[] = [];
    refused.subscribe(code => codes.push(code));
    await turn();
    const stats = await firstValueFrom(client.stats$);
    expect(stats).to.deep.include({ inFlight: 16, queued: { messages: 1, bytes: MB + 1 } });
    expect(codes).to.deep.equal(new Array(283).fill('QUEUE_FULL'));
  });

  for (const [maxInFlightBytes, inFlight] of [
    [1, 1],
    [4 * MB, 3],
    [Infinity, 300],
  ] as const) {
    it(`maxInFlightBytes: ${maxInFlightBytes} has ${inFlight} in flight [S115]`, async () => {
      const broker = new SilentBroker();
      await using client = broker.client({ maxInFlightBytes });
      await firstValueFrom(client.connect());
      for (let i = 0; i < 300; i++) {
        client.publish('t', payload, { qos: 1 }).subscribe({ error: () => undefined });
        if (maxInFlightBytes === Infinity) await turn();
      }
      await turn();
      expect(broker.received).to.have.length(inFlight);
    }).timeout(20_000);
  }

  it('publishAll takes 17 of its source, and the next ones as they are acknowledged [S115]', async () => {
    const broker = new SilentBroker();
    await using client = broker.client();
    let taken = 0;
    function* messages(): Generator<OutgoingMessage> {
      for (; taken < 40; taken++) yield { topic: 't', payload, qos: 1 };
    }
    const outcomes = lastValueFrom(client.publishAll(messages()).pipe(toArray()));
    while (broker.received.length < 16) await turn();
    await turn();
    expect([broker.received.length, taken]).to.deep.equal([16, 17]);
    broker.received$.subscribe(() => broker.acknowledgeAll());
    broker.acknowledgeAll();
    expect((await outcomes).map(({ status }) => status)).to.deep.equal(new Array(40).fill('published'));
  });

  it('a message that is withdrawn while the connection lasts makes room when the connection ends [S115] [S114]', async () => {
    const broker = new SilentBroker();
    await using client = broker.client({ maxInFlightBytes: 1, reconnect: { initial: 1 } });
    await firstValueFrom(client.connect());
    const first = client.publish('first', payload, { qos: 1, withdraw: true }).subscribe();
    client.publish('second', payload, { qos: 1 }).subscribe({ error: () => undefined });
    await turn();
    expect(broker.received).to.deep.equal([1]);
    first.unsubscribe();
    await firstValueFrom(client.reconnect());
    await turn();
    expect(broker.received).to.deep.equal([1, 2]);
  });
});
