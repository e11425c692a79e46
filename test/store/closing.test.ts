import { expect } from 'chai';
import type { MqttOptions, OutboxEntry } from '../../src/index.js';
import { acks, connected, records } from './flows.js';
import { Machine, type Process, watch } from './machine.js';

const code = ({ reached }: { reached: string }) => reached;

/** Starts a client that cannot connect, with a store that closes slowly. */
function offline(options: MqttOptions = {}): { machine: Machine; process: Process; beginClosing: () => void } {
  let delay = 2;
  const machine = new Machine({ delay: () => delay });
  const process = connected(machine, { protocolVersion: 5, ...options });
  machine.broker.inject({ fault: 'unreachable', times: 1000 });
  machine.broker.cut('me');
  machine.run(10);
  return {
    machine,
    process,
    beginClosing: () => {
      delay = 1500;
      process.client.disconnect().subscribe();
      machine.run(1);
      expect(process.client.connection.status).to.equal('disconnecting');
    },
  };
}

describe('a client while its store closes', () => {
  it('settles nothing that the store keeps: a timeout [S119]', () => {
    const { machine, process, beginClosing } = offline();
    const result = watch(process.client.publish('a', 'x', { qos: 1, timeout: 500 }), code);
    machine.run(10);
    const settled = acks(process);
    beginClosing();
    machine.run(5000);
    expect(result).to.deep.equal(['!CLIENT_CLOSED stored']);
    expect(settled).to.deep.equal([]);
    expect(records(machine)).to.have.length(1);
  });

  it('settles nothing that the store keeps: an expiry [S119]', () => {
    const { machine, process, beginClosing } = offline();
    const properties = { messageExpiryInterval: 1 };
    const result = watch(process.client.publish('a', 'x', { qos: 1, properties }), code);
    machine.run(10);
    const settled = acks(process);
    beginClosing();
    machine.run(5000);
    expect(result).to.deep.equal(['!CLIENT_CLOSED stored']);
    expect(settled).to.deep.equal([]);
    process.client.connect().subscribe();
    machine.run(5000);
    expect(settled).to.deep.equal(['a rejected MESSAGE_EXPIRED']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('settles nothing that the store keeps: an eviction, because it accepts no message any more [S119]', () => {
    const { machine, process, beginClosing } = offline({ queue: { maxMessages: 1, overflow: 'evictOldest' } });
    const first = watch(process.client.publish('a', 'x', { qos: 1 }), code);
    machine.run(10);
    beginClosing();
    const second = watch(process.client.publish('b', 'x', { qos: 1 }), code);
    expect(second).to.deep.equal(['!CLIENT_CLOSED rejected']);
    machine.run(5000);
    expect(first).to.deep.equal(['!CLIENT_CLOSED stored']);
    expect(records(machine)).to.have.length(1);
  });

  it('settles nothing that the store keeps: discard() returns false [S119]', () => {
    const { machine, process, beginClosing } = offline();
    const result = watch(process.client.publish('a', 'x', { qos: 1 }), code);
    let entries: readonly OutboxEntry[] = [];
    process.client.outbox$.subscribe(now => (entries = now));
    machine.run(10);
    beginClosing();
    expect(process.client.discard(entries[0]!)).to.equal(false);
    machine.run(5000);
    expect(result).to.deep.equal(['!CLIENT_CLOSED stored']);
    expect(records(machine)).to.have.length(1);
  });

  it('leaves a message in the store whose publish is unsubscribed too late [S119]', () => {
    const { machine, process, beginClosing } = offline();
    const subscription = process.client.publish('a', 'x', { qos: 1 }).subscribe();
    machine.run(10);
    const settled = acks(process);
    beginClosing();
    subscription.unsubscribe();
    machine.run(5000);
    process.client.connect().subscribe();
    expect(records(machine)).to.have.length(1);
    expect(settled).to.deep.equal([]);
  });

  it('gives up a withdrawn message once: when it is opened again [S119]', () => {
    let delay = 2;
    const machine = new Machine({ delay: () => delay });
    const process = connected(machine);
    const settled = acks(process);
    machine.broker.inject({ fault: 'halfOpen', packet: 'publish', from: 'client' });
    const result = watch(process.client.publish('a', 'x', { qos: 1, timeout: 100, withdraw: true }), code);
    machine.run(200);
    expect(result).to.deep.equal(['!PUBLISH_TIMEOUT indeterminate']);
    delay = 50;
    process.client.disconnect().subscribe();
    machine.run(5000);
    expect(settled).to.deep.equal([]);
    process.client.connect().subscribe();
    machine.run(5000);
    expect(settled).to.deep.equal(['a indeterminate DELIVERY_GIVEN_UP']);
    expect(records(machine)).to.deep.equal([]);
  });
});
