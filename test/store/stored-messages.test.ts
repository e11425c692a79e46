import { expect } from 'chai';
import type { MqttOptions } from '../../src/index.js';
import { acks, connected, keys, received, records } from './flows.js';
import { Machine, type Process, watch } from './machine.js';

const reached = ({ reached }: { reached: string }) => reached;

/** A process whose broker cannot be reached. */
function offline(options: MqttOptions = {}, delay = () => 2): { machine: Machine; process: Process } {
  const machine = new Machine({ delay });
  machine.broker.inject({ fault: 'unreachable', times: 1 });
  const process = machine.start(options);
  process.client.connect().subscribe({ error: () => undefined });
  machine.run(20);
  return { machine, process };
}

describe("until: 'queued' with a store", () => {
  for (const qos of [1, 2] as const) {
    it(`emits when the QoS ${qos} message survives the death of the process, and not before [S177]`, () => {
      for (let ms = 0; ms <= 6; ms++) {
        const { machine, process } = offline();
        const result = watch(
          process.client.publish('a', 'x', { qos, until: 'queued', tag: 't' }),
          ({ reached, tag }) => `${reached} ${tag}`,
        );
        machine.run(ms);
        process.kill();
        const isStored = records(machine).length > 0;
        expect(result, `after ${ms} ms`).to.deep.equal(isStored ? ['queued t', '|'] : []);
      }
    });
  }

  it('emits at once for QoS 0, which is not stored, and is sent at most once', () => {
    const machine = new Machine();
    const { client } = connected(machine);
    expect(watch(client.publish('a', 'x', { until: 'queued' }), reached)).to.deep.equal(['queued', '|']);
    machine.run(10);
    expect(records(machine)).to.deep.equal([]);
  });
});

describe("a QoS 0 message with offlineQos0: 'queue'", () => {
  const options: MqttOptions = { queue: { offlineQos0: 'queue' } };

  it('is stored while it waits, and sent by the next process [S139]', () => {
    const { machine, process } = offline(options);
    const result = watch(process.client.publish('a', 'x', { until: 'queued' }), reached);
    expect(result).to.deep.equal([]);
    machine.run(10);
    expect(result).to.deep.equal(['queued', '|']);
    expect(records(machine)).to.have.length(1);
    process.kill();
    const packets = received(machine);
    const next = machine.start(options);
    const settled = acks(next);
    next.client.connect().subscribe();
    machine.run(1000);
    expect(packets).to.deep.equal(['connect', 'publish a']);
    expect(settled).to.deep.equal(['a delivered']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('is sent at most once, whenever the process dies [S139]', () => {
    const counts = new Set<number>();
    for (let ms = 0; ms <= 12; ms++) {
      const { machine, process } = offline(options);
      watch(process.client.publish('a', 'x'));
      machine.run(10);
      process.kill();
      const packets = received(machine);
      const second = machine.start(options);
      second.client.connect().subscribe();
      machine.run(ms);
      second.kill();
      machine.start(options).client.connect().subscribe();
      machine.run(1000);
      const sent = packets.filter(each => each.startsWith('publish')).length;
      expect(sent, `dead after ${ms} ms`).to.be.at.most(1);
      counts.add(sent);
      expect(records(machine)).to.deep.equal([]);
    }
    expect(counts.has(1)).to.equal(true);
  });

  it('is followed by as many of QoS 0 as the queue takes; others wait in the queue, and all return to it at the end of the connection [S208]', () => {
    let delay = 2;
    const { machine, process } = offline({ queue: { offlineQos0: 'queue', maxMessages: 3 } }, () => delay);
    const publish = (topic: string) => watch(process.client.publish(topic, 'x'), reached);
    const first = publish('0');
    machine.run(10);
    expect(records(machine)).to.have.length(1);
    // while it leaves the store
    delay = 5000;
    machine.run(1000);
    expect(process.client.connection.status).to.equal('connected');
    const results = Array.from({ length: 7 }, (_, i) => publish(`${i + 1}`));
    machine.run(10);
    const delivered = ['acknowledged', '|'];
    expect(results).to.deep.equal([[], [], [], [], [], ['!QUEUE_FULL rejected'], ['!QUEUE_FULL rejected']]);
    machine.broker.cut('me');
    const packets = received(machine);
    machine.run(1);
    expect(publish('8')).to.deep.equal(['!QUEUE_FULL rejected']);
    machine.run(60_000);
    expect([first, ...results.slice(0, 5)]).to.deep.equal([first, ...results.slice(0, 5)].map(() => delivered));
    const publishes = packets.filter(packet => packet.startsWith('publish'));
    expect(publishes).to.deep.equal(['0', '1', '2', '3', '4', '5'].map(topic => `publish ${topic}`));
    expect(records(machine)).to.deep.equal([]);
  });

  it('stays in the store if the client disconnects before it has left it, and is not sent [S139]', () => {
    const outcomes = new Set<string>();
    for (let ms = 0; ms <= 30; ms++) {
      let delay = 2;
      const { machine, process } = offline(options, () => delay);
      const result = watch(process.client.publish('a', 'x'), reached);
      machine.run(10);
      const packets = received(machine);
      delay = 10;
      process.client.reconnect().subscribe();
      machine.run(ms);
      process.client.close();
      machine.run(1000);
      const isSent = packets.includes('publish a');
      expect(records(machine).length, `closed after ${ms} ms`).to.equal(isSent ? 0 : 1);
      outcomes.add(`${isSent ? 'sent' : 'kept'}: ${result.join()}`);
    }
    expect([...outcomes].sort()).to.deep.equal(['kept: !CLIENT_CLOSED stored', 'sent: acknowledged,|']);
  });

  it('is not stored while there is a connection', () => {
    const machine = new Machine();
    const { client } = connected(machine, options);
    const before = keys(machine);
    const result = watch(client.publish('a', 'x'), reached);
    machine.run(50);
    expect(result).to.deep.equal(['acknowledged', '|']);
    expect(keys(machine).filter(key => !before.includes(key) && !'ef'.includes(key))).to.deep.equal([]);
  });
});

describe('the expiry of a stored message', () => {
  it('goes on while no process runs, and what has expired settles on ack$ [S177]', () => {
    const { machine, process } = offline();
    for (const [topic, messageExpiryInterval] of [['short', 10] as const, ['long', 100] as const])
      watch(process.client.publish(topic, 'x', { qos: 1, properties: { messageExpiryInterval }, tag: topic }));
    machine.run(20);
    process.kill();
    machine.run(60_000);
    const next = machine.start();
    const settled = acks(next);
    const intervals: (number | undefined)[] = [];
    machine.broker.packet$.subscribe(({ packet }) => {
      if (packet.cmd === 'publish') intervals.push(packet.properties?.messageExpiryInterval);
    });
    next.client.connect().subscribe();
    machine.run(1000);
    expect(settled).to.deep.equal(['short rejected MESSAGE_EXPIRED short', 'long delivered long']);
    expect(intervals).to.deep.equal([40]);
    expect(records(machine)).to.deep.equal([]);
  });

  it('also ends a message that expires after it was restored, without a connection [S177]', () => {
    const { machine, process } = offline();
    watch(process.client.publish('a', 'x', { qos: 1, properties: { messageExpiryInterval: 10 } }));
    machine.run(20);
    process.kill();
    const next = machine.start({ autoConnect: false });
    const settled = acks(next);
    watch(next.client.restored$, () => '');
    machine.run(9000);
    expect(settled).to.deep.equal([]);
    machine.run(2000);
    expect(settled).to.deep.equal(['a rejected MESSAGE_EXPIRED']);
  });
});

describe('a client id that was not configured', () => {
  const connects = (machine: Machine): string[] => {
    const seen: string[] = [];
    machine.broker.packet$.subscribe(({ packet }) => {
      if (packet.cmd === 'connect') seen.push(packet.clientId);
    });
    return seen;
  };
  const kill = (machine: Machine, { kill }: Process) => {
    kill();
    machine.broker.cut();
  };

  it('is random once, and the same after a restart [S177]', () => {
    const machine = new Machine();
    const seen = connects(machine);
    const options = { clientId: undefined as never };
    kill(machine, connected(machine, options));
    const second = machine.start(options);
    const known = watch(second.client.restored$, ({ clientId }) => `${clientId}`);
    second.client.connect().subscribe();
    machine.run(50);
    expect(seen[0]).to.match(/^[0-9a-z]{8,}$/i);
    expect(seen).to.deep.equal([seen[0], seen[0]]);
    expect(known).to.deep.equal([seen[0], '|']);
  });

  it('is the one that the broker assigned, after a restart [S177]', () => {
    const machine = new Machine();
    const seen = connects(machine);
    kill(machine, connected(machine, { clientId: '' }));
    connected(machine, { clientId: '' });
    expect(seen[0]).to.equal('');
    expect(seen[1]).to.not.equal('');
    expect(machine.broker.sessions.map(({ clientId }) => clientId)).to.deep.equal([seen[1]]);
  });

  it('is not written where it is configured [S177]', () => {
    const machine = new Machine();
    connected(machine);
    machine.run(50);
    expect(keys(machine)).to.not.include('c');
  });
});

describe('what is stored of a message', () => {
  it('comes to the broker byte for byte, after a restart, with its properties in order [S177]', () => {
    const { machine, process } = offline();
    const payload = Uint8Array.from({ length: 256 }, (_, i) => i);
    const properties = {
      payloadFormatIndicator: false,
      contentType: '\ufefftext',
      responseTopic: 'back/\u{1f600}',
      correlationData: payload,
      userProperties: [
        ['b', '2'],
        ['a', '1'],
        ['b', ''],
      ] as [string, string][],
    };
    watch(process.client.publish('\ufeffa', payload, { qos: 2, retain: true, properties }));
    machine.run(20);
    process.kill();
    const sent: unknown[] = [];
    machine.broker.packet$.subscribe(({ packet }) => {
      if (packet.cmd === 'publish') {
        const { topic, payload, qos, retain, properties } = packet;
        sent.push({ topic, payload: [...payload], qos, retain, properties });
      }
    });
    connected(machine);
    machine.run(1000);
    expect(sent[0]).to.deep.include({ topic: '\ufeffa', payload: [...payload], qos: 2, retain: true });
    const { correlationData, ...rest } = (sent[0] as { properties: typeof properties }).properties;
    expect([...correlationData]).to.deep.equal([...payload]);
    const { correlationData: _, ...given } = properties;
    expect(rest).to.deep.equal(given);
  });

  it('has no credential, no will and no topic filter [S177]', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'drop', packet: 'puback' });
    const secrets = { username: 'user-secret', password: 'pass-secret' };
    const { client } = connected(machine, {
      ...secrets,
      will: { topic: 'will-topic', payload: 'will-secret', qos: 1 },
      properties: { userProperties: [['token', 'connect-secret']] },
    });
    watch(client.topic$('filter-name/#', { qos: 2 }), () => '');
    watch(client.publish('public', 'public-payload', { qos: 1, tag: 'public-tag' }));
    machine.broker.inject({ fault: 'drop', packet: 'pubrel' });
    machine.broker.publish('filter-name/x', 'x', { qos: 2 });
    machine.run(100);
    const all = [...machine.store.entriesOf('me')]
      .map(([key, value]) => key + Buffer.from(value).toString('latin1'))
      .join();
    expect(all).to.contain('public-payload').and.to.contain('public-tag');
    for (const secret of ['user-secret', 'pass-secret', 'will-topic', 'will-secret', 'connect-secret', 'filter-name'])
      expect(all).to.not.contain(secret);
  });

  it('shows its tag wherever the message appears [S177]', () => {
    const machine = new Machine();
    const process = connected(machine);
    const { client } = process;
    const settled = acks(process);
    const entries = watch(client.outbox$, all => all.map(({ tag }) => tag).join());
    const results = watch(client.publish('a', 'x', { qos: 1, tag: 'one' }), ({ tag }) => `${tag}`);
    const outcomes = watch(client.publishAll([{ topic: 'b', qos: 1, tag: 'two' }]), outcome =>
      outcome.status === 'published' ? `${outcome.result.tag} ${outcome.message.tag}` : outcome.status,
    );
    machine.run(100);
    expect(results).to.deep.equal(['one', '|']);
    expect(outcomes).to.deep.equal(['two two', '|']);
    expect(settled).to.deep.equal(['a delivered one', 'b delivered two']);
    expect(entries).to.include('one,two');
  });

  it('is not the tag on the wire', () => {
    const machine = new Machine();
    const { client } = connected(machine);
    const texts: string[] = [];
    machine.broker.packet$.subscribe(({ packet }) => texts.push(JSON.stringify({ ...packet, tag: undefined })));
    watch(client.publish('a', 'x', { qos: 1, tag: 'hidden-name' }));
    machine.run(100);
    expect(texts.join()).to.not.contain('hidden-name');
  });
});
