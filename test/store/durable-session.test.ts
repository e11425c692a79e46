import { expect } from 'chai';
import { map } from 'rxjs';
import type { MqttOptions } from '../../src/index.js';
import { Machine, type Process, watch } from './machine.js';

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

  it('connects by itself if the store has messages', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    const first = machine.start();
    watch(first.client.publish('a', 'a', { qos: 1 }));
    machine.run(10);
    first.kill();
    const second = machine.start();
    watch(second.client.restored$, () => '');
    machine.run(50);
    expect(second.client.connection.status).to.equal('connected');
    second.kill();
    const third = machine.start();
    watch(third.client.restored$, () => '');
    machine.run(50);
    expect(third.client.connection.status).to.equal('idle');
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

  it('keeps what waits when the client is closed, and sends it when it is opened again', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    const { client } = machine.start();
    const published = watch(client.publish('a', 'a', { qos: 1 }), reached);
    machine.run(50);
    watch(client.disconnect());
    machine.run(50);
    expect(published).to.deep.equal(['!CLIENT_CLOSED stored']);
    const acks = watch(client.ack$, ({ kind }) => kind);
    watch(client.connect(), () => 'connected');
    const restored = watch(client.restored$, ({ waiting }) => `${waiting}`);
    machine.run(100);
    expect(restored).to.deep.equal(['1', '|']);
    expect(acks).to.deep.equal(['publish']);
    expect([...machine.store.entriesOf('me').keys()]).to.have.members(['f', 'e']);
  });

  it('does not store what is published and given up before the store is open', () => {
    const machine = new Machine();
    const { client } = machine.start();
    const published = watch(client.publish('a', 'a', { qos: 1 }), reached);
    machine.run(1);
    watch(client.disconnect());
    machine.run(10);
    expect(published).to.deep.equal(['!CLIENT_CLOSED rejected']);
    watch(client.connect(), () => 'connected');
    machine.run(100);
    expect([...machine.store.entriesOf('me').keys()].filter(key => key.startsWith('m'))).to.deep.equal([]);
  });

  for (const deliverQos2 of ['publish', 'release'] as const) {
    it(`gives the receipt of a message that it delivers on ${deliverQos2}, also while it delivers it`, () => {
      const machine = new Machine();
      const { client } = machine.start({ deliverQos2 });
      const changes: (string | undefined)[] = [];
      const entries = machine.store.entriesOf('me');
      client.topic$('t', { qos: 2, ack: 'manual' }).subscribe(message => {
        const { receipt } = message;
        changes.push(receipt?.type);
        if (receipt?.type === 'put') entries.set(receipt.key, receipt.value);
        else if (receipt) entries.delete(receipt.key);
        message.ack({ stored: true });
      });
      machine.run(100);
      machine.broker.publish('t', 'x', { qos: 2 });
      machine.run(100);
      expect(changes).to.deep.equal([deliverQos2 === 'publish' ? 'put' : 'del']);
      expect([...entries.keys()].filter(key => key.startsWith('r'))).to.deep.equal([]);
    });
  }

  it('does not delete the receipt that the program has stored before it acknowledges', () => {
    let isFull = true;
    const machine = new Machine({
      beforeWrite: () => {
        if (isFull) throw new Error('the disk is full');
      },
    });
    const { client } = machine.start();
    const entries = machine.store.entriesOf('me');
    client.topic$('t', { qos: 2, ack: 'manual' }).subscribe(({ receipt }) => {
      if (receipt?.type === 'put') machine.clock.schedule(() => entries.set(receipt.key, receipt.value), 10);
    });
    machine.run(100);
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(50);
    isFull = false;
    watch(client.publish('other', '', { qos: 1 }));
    machine.run(50);
    expect([...entries.keys()]).to.include('r1');
  });

  it('deletes a message that expired while no process ran', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    const first = machine.start();
    watch(first.client.publish('a', 'a', { qos: 1, properties: { messageExpiryInterval: 1 } }));
    machine.run(100);
    first.kill();
    machine.run(2000);
    const { client } = machine.start();
    const acks = watch(client.ack$, ack => (ack.kind === 'publish' ? `${ack.topic} ${ack.delivery}` : ack.kind));
    watch(client.restored$, () => 'restored');
    machine.run(100);
    expect(acks).to.deep.equal(['a rejected']);
    expect([...machine.store.entriesOf('me').keys()].filter(key => key.startsWith('m'))).to.deep.equal([]);
  });

  it('says its format in a store whose first message was of QoS 0', () => {
    const machine = new Machine();
    const { client, kill } = machine.start();
    watch(client.publish('a', 'a'));
    machine.run(100);
    expect([...machine.store.entriesOf('me').keys()]).to.have.members(['e', 'f']);
    kill();
    const connected = watch(machine.start().client.connect(), () => 'connected');
    machine.run(100);
    expect(connected).to.deep.equal(['connected', '|']);
  });

  it('keeps a receipt that the program has stored before the store took anything of the client', () => {
    let isFull = true;
    const machine = new Machine({
      beforeWrite: () => {
        if (isFull) throw new Error('the disk is full');
      },
    });
    const entries = machine.store.entriesOf('me');
    let rows = 0;
    const work = ({ client }: Process) =>
      client.topic$('t', { qos: 2, ack: 'manual' }).subscribe(message => {
        const { receipt } = message;
        if (receipt?.type === 'put') entries.set(receipt.key, receipt.value);
        rows++;
        message.ack({ stored: true });
      });
    const first = machine.start();
    work(first);
    machine.run(100);
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(20);
    first.kill();
    isFull = false;
    work(machine.start());
    machine.run(5000);
    expect(rows).to.equal(1);
    expect([...entries.keys()]).to.have.members(['f', 'e']);
  });

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
});
