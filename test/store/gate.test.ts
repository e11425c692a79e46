import { expect } from 'chai';
import type { ProtocolVersion } from '../../src/index.js';
import type { StoreChange } from '../../src/store/index.js';
import { DurableGate } from '../../src/store/durable-gate.js';
import type { Packet } from '../../src/packets.js';
import { message } from '../protocol/support.js';
import { acks, connected, received, records, shown } from './flows.js';
import { Machine, watch } from './machine.js';

const reached = ({ reached }: { reached: string }) => reached;

describe('what waits until it is durable', () => {
  for (const protocolVersion of [5, 4] as ProtocolVersion[]) {
    describe(`in MQTT ${protocolVersion === 5 ? '5.0' : '3.1.1'}`, () => {
      /** A machine whose batches take 10 ms, and what happens in the store and at the broker, in ms. */
      const start = (options: Parameters<Machine['start']>[0] = {}) => {
        const log: string[] = [];
        let begin = 0;
        const machine: Machine = new Machine({
          delay: () => 10,
          beforeWrite: changes => log.push(`${machine.clock.now() - begin} ${changes.map(kinds).sort().join(' ')}`),
        });
        const process = machine.start({ protocolVersion, ...options });
        process.client.connect().subscribe();
        machine.run(100);
        begin = machine.clock.now();
        machine.broker.packet$.subscribe(({ direction, packet, timestamp }) => {
          if (direction === 'received') log.push(`${timestamp - begin} ${shown(packet)}`);
        });
        const mark = () => {
          begin = machine.clock.now();
          log.length = 0;
        };
        mark();
        return { machine, ...process, log, mark };
      };
      const kinds = ({ type, key }: StoreChange) => `${type}:${key[0]}`;

      it('is a PUBLISH of QoS 1 until its packet identifier is stored [S171]', () => {
        const { machine, client, log } = start();
        watch(client.publish('a', 'a', { qos: 1 }));
        machine.run(100);
        expect(log).to.deep.equal(['10 put:m', '10 publish a #1', '20 del:m']);
      });

      it('is a PUBREL until its PUBREC is stored [S171]', () => {
        const { machine, client, log } = start();
        watch(client.publish('a', 'a', { qos: 2 }));
        machine.run(100);
        expect(log).to.deep.equal(['10 put:m', '10 publish a #1', '20 put:m', '20 pubrel #1', '30 del:m']);
        expect(records(machine)).to.deep.equal([]);
      });

      it('is a PUBREC until the receipt is stored, and a PUBCOMP until it is deleted [S171]', () => {
        const { machine, client, log, mark } = start();
        const got = watch(client.topic$('t', { qos: 2 }), ({ topic }) => topic);
        machine.run(100);
        mark();
        machine.broker.publish('t', 'x', { qos: 2 });
        machine.run(100);
        expect(log).to.deep.equal(['10 put:r', '10 pubrec #1', '20 del:r', '20 pubcomp #1']);
        expect(got).to.deep.equal(['t']);
      });

      for (const qos of [1, 2] as const) {
        it(`is the acknowledgement of a QoS ${qos} message until what the program published before is stored [S171]`, () => {
          const { machine, client, log, mark } = start();
          client.topic$('in', { qos, ack: 'manual' }).subscribe(message => {
            watch(client.publish('out', message.payload, { qos: 1 }));
            message.ack();
          });
          machine.run(100);
          mark();
          machine.broker.publish('in', 'x', { qos });
          machine.run(11);
          expect(log).to.deep.equal(
            qos === 1
              ? ['10 put:m', '10 puback #1', '10 publish out #2']
              : ['10 put:m put:r', '10 pubrec #1', '10 publish out #2'],
          );
        });
      }

      it('is a PUBACK also without ack: manual, if the program publishes while it gets the message [S171]', () => {
        const { machine, client, log, mark } = start();
        client.topic$('in', { qos: 1 }).subscribe(() => watch(client.publish('out', '', { qos: 1 })));
        machine.run(100);
        mark();
        machine.broker.publish('in', 'x', { qos: 1 });
        machine.run(11);
        expect(log.map(line => line.split(' ')[0])).to.deep.equal(['10', '10', '10']);
      });

      it('is no SUBSCRIBE, UNSUBSCRIBE, PINGREQ or message of QoS 0, and they pass what waits [S171]', () => {
        const { machine, client, log } = start({ keepalive: 0, idlePing: 0.004 });
        watch(client.publish('q1', '', { qos: 1 }));
        watch(client.publish('q0', ''));
        watch(client.topic$('t'), () => '');
        watch(client.unsubscribe('u'), () => '');
        machine.run(9);
        expect(log.map(line => line.split(' ').slice(1, 3).join(' ').replace(/ #\d+/, ''))).to.include.members([
          'publish q0',
          'subscribe',
          'unsubscribe',
          'pingreq',
        ]);
        expect(log.some(line => line.includes('q1'))).to.equal(false);
        machine.run(100);
        expect(log.some(line => line.includes('publish q1'))).to.equal(true);
      });

      it('keeps its order [S171]', () => {
        const { machine, client, log } = start();
        for (const topic of ['a', 'b', 'c']) watch(client.publish(topic, '', { qos: topic === 'b' ? 2 : 1 }));
        machine.run(5);
        for (const topic of ['d', 'e']) watch(client.publish(topic, '', { qos: 1 }));
        machine.run(100);
        const publishes = log.filter(line => line.includes('publish')).map(line => line.split(' ')[2]);
        expect(publishes).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
      });

      it('goes out on the next connection if its own is lost while it waits [S171]', () => {
        const { machine, client } = start();
        const all = received(machine);
        const result = watch(client.publish('a', 'a', { qos: 1 }), reached);
        machine.run(5);
        machine.broker.cut('me');
        machine.run(5000);
        // it was never sent, so it is no duplicate
        expect(all.filter(each => each.startsWith('publish'))).to.deep.equal(['publish a #1']);
        expect(result).to.deep.equal(['acknowledged', '|']);
      });
    });
  }

  it('does not make ackTimeout end the connection while the store is slow [S171]', () => {
    let delay = 2;
    const machine = new Machine({ delay: () => delay });
    const process = connected(machine, { ackTimeout: 1000 });
    delay = 60_000;
    const states = watch(process.client.connection$, ({ status }) => status);
    const result = watch(process.client.publish('a', 'a', { qos: 1 }), reached);
    machine.run(200_000);
    expect(states).to.deep.equal(['connected']);
    expect(result).to.deep.equal(['acknowledged', '|']);
  });

  it('is not blamed for connections that end meanwhile [S171]', () => {
    let delay = 2;
    const machine = new Machine({ delay: () => delay });
    const process = connected(machine, { maxDeliveries: 2, reconnect: { initial: 100, max: 100 } });
    delay = 100_000;
    const settled = acks(process);
    watch(process.client.publish('a', 'a', { qos: 1 }), reached);
    for (let i = 0; i < 6; i++) {
      machine.run(5000);
      machine.broker.disconnect(0x80);
    }
    machine.run(300_000);
    expect(settled).to.deep.equal(['a delivered']);
  });

  it('leaves nothing behind when the connection ends while acknowledgements wait [S171]', () => {
    let delay = 2;
    const machine = new Machine({ delay: () => delay });
    const { client } = connected(machine);
    const got = watch(client.topic$('t', { qos: 2 }), ({ topic }) => topic);
    machine.run(20);
    delay = 50;
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(10);
    machine.broker.cut('me');
    machine.run(10_000);
    expect(got).to.deep.equal(['t']);
    expect(records(machine)).to.deep.equal([]);
    expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
  });

  describe('at a link', () => {
    const puback = (packetId: number): Packet => ({ cmd: 'puback', packetId });
    const pingreq: Packet = { cmd: 'pingreq' };
    const gateOf = (limits = { maxMessages: 1000, maxBytes: 1000 }) => {
      const state = { pendingBatch: 0, durableBatch: 0, writable: true };
      const sent: string[] = [];
      const gate = new DurableGate(state, {
        writable: () => state.writable,
        send: packet => sent.push(shown(packet)),
        sender: { expireUnsent: ({ expiresAt }) => expiresAt === 0 },
        limits,
        wake: { trigger: () => sent.push('wake') },
      });
      return { gate, state, sent };
    };

    it('goes out at once if nothing is to be written', () => {
      const { gate, sent } = gateOf();
      gate.send(puback(1));
      expect(sent).to.deep.equal(['puback #1']);
      expect(gate.isEmpty).to.equal(true);
    });

    it('waits for its batch, and for what is before it', () => {
      const { gate, state, sent } = gateOf();
      state.pendingBatch = 3;
      gate.send(puback(1));
      state.pendingBatch = 0;
      gate.send(puback(2));
      gate.send(pingreq);
      expect(sent).to.deep.equal(['pingreq']);
      state.durableBatch = 2;
      gate.release();
      expect(sent).to.deep.equal(['pingreq']);
      state.durableBatch = 3;
      gate.release();
      expect(sent).to.deep.equal(['pingreq', 'puback #1', 'puback #2']);
      gate.send(puback(3));
      expect(sent.at(-1)).to.equal('puback #3');
    });

    it('waits until the link takes more [S171]', () => {
      const { gate, state, sent } = gateOf();
      state.pendingBatch = 1;
      for (const id of [1, 2, 3]) gate.send(puback(id));
      state.durableBatch = 1;
      state.writable = false;
      gate.release();
      expect(sent).to.deep.equal([]);
      state.writable = true;
      gate.release();
      expect(sent).to.deep.equal(['puback #1', 'puback #2', 'puback #3']);
    });

    it('does not go out if it has settled meanwhile', () => {
      const { gate, state, sent } = gateOf();
      state.pendingBatch = 1;
      const refused = message('a');
      gate.send(refused);
      refused.stage = 'settled';
      state.durableBatch = 1;
      gate.release();
      expect(sent).to.deep.equal([]);
      expect(gate.isEmpty).to.equal(true);
    });

    it('does not go out if it has expired meanwhile, and makes room for others [S39]', () => {
      const { gate, state, sent } = gateOf();
      state.pendingBatch = 1;
      for (const each of [message('expired', { expiresAt: 0 }), message('alive', { expiresAt: 1 })]) gate.send(each);
      state.durableBatch = 1;
      gate.release();
      expect(sent).to.deep.equal(['wake', 'publish alive']);
    });

    it('is given back when the connection ends: the messages alone', () => {
      const { gate, state, sent } = gateOf();
      state.pendingBatch = 1;
      const [first, held] = [message('a'), message('b')];
      gate.send(first);
      state.durableBatch = 1;
      gate.release();
      state.pendingBatch = 2;
      gate.send(puback(1));
      gate.send(held);
      expect(gate.close()).to.deep.equal([held]);
      state.durableBatch = 2;
      gate.release();
      expect(sent).to.deep.equal(['publish a']);
      expect(gate.isEmpty).to.equal(true);
    });

    it('is not given back if it has gone out', () => {
      const { gate, state, sent } = gateOf();
      const [first, second] = [message('a'), message('b')];
      state.pendingBatch = 1;
      gate.send(first);
      state.pendingBatch = 2;
      gate.send(second);
      state.durableBatch = 1;
      gate.release();
      expect(sent).to.deep.equal(['publish a']);
      expect(gate.close()).to.deep.equal([second]);
    });

    it('is a message of QoS 0 only if the store has it, or another one of QoS 0 before it [S139]', () => {
      const { gate, state, sent } = gateOf();
      state.pendingBatch = 1;
      const [plain, stored, later] = ['plain', 'stored', 'later'].map(topic => message(topic, { qos: 0 }));
      stored!.record = { sequence: 0, stored: 'queued', hasPosition: false, isDurable: true };
      for (const each of [message('qos 1'), plain, stored, later]) gate.send(each!);
      expect(sent).to.deep.equal(['publish plain']);
      state.durableBatch = 1;
      state.pendingBatch = 2;
      gate.release();
      expect(sent).to.deep.equal(['publish plain', 'publish qos 1', 'publish stored', 'publish later']);
      gate.send(plain!);
      expect(sent.at(-1)).to.equal('publish plain');
    });

    for (const [what, size, count] of [
      ['messages', 1, 2],
      ['bytes', 60, 2],
      ['bytes', 200, 1],
    ] as const)
      it(`is full with as many ${what} of QoS 0 as the queue may have, here ${count}, until it has room again [S208]`, () => {
        const { gate, state, sent } = gateOf({ maxMessages: 2, maxBytes: 100 });
        state.pendingBatch = 1;
        const messages = Array.from({ length: count }, () => message('a', { qos: 0, size }));
        messages[0]!.record = { sequence: 0, stored: 'queued', hasPosition: false, isDurable: true };
        gate.send(puback(1));
        for (const each of messages) {
          expect(gate.isFull).to.equal(false);
          gate.send(each);
        }
        expect(gate.isFull).to.equal(true);
        gate.release();
        expect(sent).to.deep.equal([]);
        state.durableBatch = 1;
        gate.release();
        expect(gate.isFull).to.equal(false);
        expect(sent).to.deep.equal(['puback #1', ...messages.map(() => 'publish a'), 'wake']);
      });

    it('is not given back if it has settled meanwhile, and can be dropped before its batch is durable', () => {
      const { gate, state, sent } = gateOf();
      state.pendingBatch = 1;
      const [stored, refused, later] = [
        message('stored', { qos: 0 }),
        message('refused'),
        message('later', { qos: 0 }),
      ];
      stored.record = { sequence: 0, stored: 'queued', hasPosition: false, isDurable: false };
      for (const each of [stored, refused]) gate.send(each);
      stored.stage = refused.stage = 'settled';
      expect(gate.isEmpty).to.equal(false);
      gate.dropSettled();
      expect(gate.isEmpty).to.equal(true);
      gate.send(later);
      expect(sent).to.deep.equal(['wake', 'publish later']);
      const other = message('other');
      gate.send(other);
      other.stage = 'settled';
      expect(gate.close()).to.deep.equal([]);
    });
  });
});
