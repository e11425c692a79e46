import { expect } from 'chai';
import { map } from 'rxjs';
import type { AckableMessage, MqttOptions } from '../../src/index.js';
import { Machine, watch } from './machine.js';

const reached = ({ reached }: { reached: string }) => reached;

describe('a session in a store', () => {
  it('gives a waiting message to the next process, in its order, with its tag', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    const first = machine.start();
    const queued = ['a', 'b', 'c'].map(topic =>
      watch(first.client.publish(topic, topic, { qos: 1, until: 'queued', tag: `tag-${topic}` }), reached),
    );
    machine.run(10);
    expect(queued).to.deep.equal([
      ['queued', '|'],
      ['queued', '|'],
      ['queued', '|'],
    ]);
    first.kill();

    const second = new Machine();
    Object.assign(second, { store: machine.store, clock: machine.clock });
    const { client } = second.start();
    const restored = watch(
      client.restored$,
      ({ waiting, inFlight, entries }) =>
        `${waiting} ${inFlight} ${entries.map(({ topic, tag }) => `${topic}:${tag}`).join()}`,
    );
    machine.run(10);
    expect(restored).to.deep.equal(['3 0 a:tag-a,b:tag-b,c:tag-c', '|']);
  });

  it('sends what was waiting when the next process connects', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    const first = machine.start();
    for (const topic of ['a', 'b', 'c']) watch(first.client.publish(topic, topic, { qos: 1, until: 'queued' }));
    machine.run(10);
    first.kill();
    const published = watch(
      machine.broker.packet$.pipe(map(({ packet }) => (packet.cmd === 'publish' ? packet.topic : packet.cmd))),
    );
    const { client } = machine.start();
    const acks = watch(client.ack$, ack => (ack.kind === 'publish' ? `${ack.topic} ${ack.delivery}` : ack.kind));
    client.connect().subscribe();
    machine.run(100);
    expect(published).to.deep.equal(['connect', 'connack', 'a', 'puback', 'b', 'puback', 'c', 'puback']);
    expect(acks).to.deep.equal(['a delivered', 'b delivered', 'c delivered']);
    expect([...machine.store.entriesOf('me').keys()]).to.have.members(['f', 'e']);
  });

  for (const qos of [1, 2] as const) {
    it(`sends a QoS ${qos} message only when it is durable with its packet identifier`, () => {
      const machine = new Machine();
      const { client } = machine.start();
      client.connect().subscribe();
      machine.run(100);
      const sent = watch(machine.broker.packet$.pipe(map(({ packet, timestamp }) => `${timestamp} ${packet.cmd}`)));
      const result = watch(client.publish('a', 'a', { qos }), reached);
      machine.run(1);
      expect(sent).to.deep.equal([]);
      machine.run(100);
      expect(result).to.deep.equal(['acknowledged', '|']);
      expect(sent.map(each => each.split(' ')[1])).to.deep.equal(
        qos === 1 ? ['publish', 'puback'] : ['publish', 'pubrec', 'pubrel', 'pubcomp'],
      );
    });
  }

  it('receives a QoS 2 message once, though the process dies after its PUBREC', () => {
    const machine = new Machine();
    const options: MqttOptions = {};
    const first = machine.start(options);
    const got = watch(first.client.topic$('t', { qos: 2 }), ({ topic }) => topic);
    machine.run(100);
    machine.broker.inject({ fault: 'drop', packet: 'pubrec', from: 'client' });
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(20);
    expect(got).to.deep.equal(['t']);
    first.kill();
    const second = machine.start(options);
    const again = watch(second.client.topic$('t', { qos: 2 }), ({ topic }) => topic);
    machine.run(1000);
    expect(again).to.deep.equal([]);
    expect(machine.broker.sessions).to.deep.include({
      clientId: 'me',
      connected: true,
      filters: ['t'],
      queued: 0,
      inFlight: 0,
    });
    expect([...machine.store.entriesOf('me').keys()]).to.have.members(['f', 'e']);
  });

  it('stores the receipt anew when the next session uses its packet identifier before the loss is durable', () => {
    let delay = 2;
    const machine = new Machine({ delay: () => delay });
    const options: MqttOptions = { sessionExpiry: 1, protocolVersion: 5, reconnect: { initial: 5000, jitter: 'none' } };
    const first = machine.start(options);
    const got = watch(first.client.topic$('t', { qos: 2 }), ({ payload }) => String.fromCharCode(...payload));
    machine.run(100);
    machine.broker.inject({ fault: 'cut', packet: 'pubrel', from: 'broker' });
    machine.broker.publish('t', 'a', { qos: 2 });
    machine.run(3000);
    expect(got).to.deep.equal(['a']);
    // this batch is being written while the loss of the session and the next message come
    delay = 100;
    watch(first.client.publish('x', 'x', { qos: 1, until: 'queued' }));
    machine.run(1);
    first.client.reconnect().subscribe();
    machine.run(20);
    machine.broker.inject({ fault: 'drop', packet: 'pubrec', from: 'client' });
    machine.broker.publish('t', 'b', { qos: 2 });
    machine.run(60);
    expect(got).to.deep.equal(['a', 'b']);
    delay = 2;
    machine.run(250);
    first.kill();
    const second = machine.start(options);
    const again = watch(second.client.topic$('t', { qos: 2 }), ({ payload }) => String.fromCharCode(...payload));
    machine.run(500);
    expect(again).to.deep.equal([]);
    expect(machine.broker.sessions).to.deep.include({
      clientId: 'me',
      connected: true,
      filters: ['t'],
      queued: 0,
      inFlight: 0,
    });
  });

  it('has no receipt for a message of a session that is lost, because its packet identifier is another message then', () => {
    const machine = new Machine();
    const { client } = machine.start({ sessionExpiry: 1, protocolVersion: 5, reconnect: { initial: 5000 } });
    const got: AckableMessage[] = [];
    client.topic$('t', { qos: 2, ack: 'manual' }).subscribe(message => got.push(message));
    machine.run(100);
    machine.broker.publish('t', 'a', { qos: 2 });
    machine.run(10);
    expect(got[0]!.receipt).to.include({ type: 'put', key: 'r1' });
    machine.broker.cut('me');
    machine.run(3000);
    client.reconnect().subscribe();
    machine.run(100);
    expect(got[0]).to.include({ stale: true, receipt: undefined });
  });
});
