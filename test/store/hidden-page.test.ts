import { expect } from 'chai';
import { Subject, from } from 'rxjs';
import type { MqttOptions, PlatformSignal, PublishOptions } from '../../src/index.js';
import { acks, keys, received, records } from './flows.js';
import { Machine, type Process, watch } from './machine.js';

/** A client in a page of a browser. */
interface Page extends Process {
  readonly signal$: Subject<PlatformSignal>;
  /** The user leaves the page, which the browser keeps for the way back. */
  hide(): void;
  show(): void;
}

function open(machine: Machine, options: MqttOptions = {}): Page {
  const signal$ = new Subject<PlatformSignal>();
  return {
    ...machine.start({ platformSignal$: signal$, ...options }),
    signal$,
    hide: () => signal$.next('pagehide'),
    show: () => signal$.next('pageshow'),
  };
}

function connected(machine: Machine, options: MqttOptions = {}): Page {
  const page = open(machine, options);
  page.client.connect().subscribe({ error: () => undefined });
  machine.run(20);
  return page;
}

const outcome = ({ client }: Page, topic: string, options: PublishOptions = {}) =>
  watch(client.publish(topic, 'x', { qos: 1, ...options }), ({ reached }) => reached);

describe('a client with a store in a page that the user leaves', () => {
  it('gives its session to another page, and takes it back when the page is shown again [S159]', () => {
    const machine = new Machine();
    const first = connected(machine);
    const states = watch(first.client.connection$, state =>
      'error' in state && state.error ? `${state.status} ${state.error.code}` : state.status,
    );
    first.hide();
    machine.run(5);
    expect(machine.store.entriesOf('me').size).to.be.above(0);
    const second = connected(machine);
    expect(second.client.connection.status).to.equal('connected');
    second.hide();
    machine.run(5);
    first.show();
    machine.run(20);
    expect(states).to.deep.equal(['connected', 'reconnecting CONNECTION_CLOSED', 'connecting', 'connected']);
    expect(outcome(first, 'a')).to.deep.equal([]);
  });

  it('refuses another page while it is shown, and is refused when another page is [S159]', () => {
    const machine = new Machine();
    const first = connected(machine);
    const inUse = ({ client: { connection } }: Page) =>
      expect(connection.status === 'closed' && connection.error?.code).to.equal('STORE_IN_USE');
    inUse(connected(machine));
    first.hide();
    machine.run(5);
    const waiting = outcome(first, 'late');
    const second = connected(machine);
    first.show();
    machine.run(20);
    inUse(first);
    expect(waiting).to.deep.equal(['!CLIENT_CLOSED rejected']);
    expect(second.client.connection.status).to.equal('connected');
  });

  for (const [what, fault] of [
    ['waits', 'unreachable'],
    ['is in flight', 'puback'],
  ] as const) {
    it(`goes on with a publish that ${what} [S159]`, () => {
      const machine = new Machine();
      const page = connected(machine);
      if (fault === 'puback') machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
      else {
        machine.broker.cut('me');
        machine.broker.inject({ fault: 'unreachable', times: 1 });
        machine.run(1);
      }
      const result = outcome(page, 'a', { tag: 'sale' });
      const settled = acks(page);
      const packets = received(machine);
      machine.run(10);
      page.hide();
      machine.run(1000);
      expect(result).to.deep.equal([]);
      page.show();
      machine.run(2_000);
      expect(result).to.deep.equal(['acknowledged', '|']);
      expect(settled).to.deep.equal(['a delivered sale']);
      expect(packets.filter(each => each.startsWith('publish'))).to.have.lengthOf(fault === 'puback' ? 2 : 1);
      machine.run(50);
      expect(records(machine)).to.deep.equal([]);
    });
  }

  it('writes what was published in the same turn, and tells until: queued when it is shown again', () => {
    const machine = new Machine();
    const page = connected(machine);
    const result = outcome(page, 'a', { until: 'queued' });
    page.hide();
    machine.run(50);
    expect(result).to.deep.equal([]);
    expect(records(machine)).to.have.lengthOf(1);
    page.show();
    machine.run(50);
    expect(result).to.deep.equal(['queued', '|']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('takes messages while it is hidden, and stores and sends them when it is shown again', () => {
    const machine = new Machine();
    const page = connected(machine);
    page.hide();
    machine.run(5);
    const result = outcome(page, 'a');
    const qos2 = outcome(page, 'b', { qos: 2, until: 'queued' });
    machine.run(50);
    expect([result, qos2]).to.deep.equal([[], []]);
    page.show();
    machine.run(100);
    expect([result, qos2]).to.deep.equal([
      ['acknowledged', '|'],
      ['queued', '|'],
    ]);
    expect(records(machine)).to.deep.equal([]);
  });

  it('keeps the order of what was published while it is hidden and while its store opens, also for the next process [S177]', () => {
    const machine = new Machine();
    const page = connected(machine);
    page.hide();
    machine.run(50);
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    outcome(page, 'hidden');
    page.show();
    machine.run(1);
    outcome(page, 'opening');
    machine.run(50);
    outcome(page, 'open');
    machine.run(50);
    expect(records(machine)).to.have.lengthOf(3);
    page.kill();
    machine.replaceBroker();
    const packets = received(machine);
    connected(machine);
    machine.run(1000);
    const publishes = packets.filter(each => each.startsWith('publish'));
    expect(publishes.map(each => each.split(' ')[1])).to.deep.equal(['hidden', 'opening', 'open']);
  });

  it('leaves the outcome of a message open that another page has settled [S159]', () => {
    const machine = new Machine();
    const first = connected(machine);
    machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
    const result = outcome(first, 'a');
    machine.run(10);
    first.hide();
    machine.run(5);
    const second = open(machine);
    const settled = acks(second);
    second.client.connect().subscribe();
    machine.run(50);
    expect(settled).to.deep.equal(['a delivered']);
    second.hide();
    machine.run(5);
    second.show();
    machine.run(50);
    // has the sequence number in the store that the settled message had
    machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
    outcome(second, 'other');
    machine.run(10);
    second.hide();
    machine.run(5);
    const later = acks(first);
    first.show();
    machine.run(50);
    expect(result).to.deep.equal(['!SESSION_LOST indeterminate']);
    expect(later).to.deep.equal(['other delivered']);
  });

  for (const ms of [0, 1, 2, 3, 4, 5, 6])
    it(`settles a message that another page has settled after this one was left ${ms} ms after it was shown`, () => {
      const machine = new Machine();
      const first = connected(machine);
      machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
      const result = outcome(first, 'a');
      machine.run(10);
      first.hide();
      machine.run(5);
      first.show();
      machine.run(ms);
      first.hide();
      machine.run(20);
      const second = connected(machine);
      machine.run(50);
      expect(records(machine)).to.deep.equal([]);
      second.hide();
      machine.run(5);
      first.show();
      machine.run(50);
      // the first page may have come so far
      expect(result[0]).to.be.oneOf(['!SESSION_LOST indeterminate', 'acknowledged']);
    });

  it('drops a message whose subscriber unsubscribes while it is hidden', () => {
    const machine = new Machine();
    const page = connected(machine);
    machine.broker.cut('me');
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    machine.run(1);
    const subscription = page.client.publish('a', 'x', { qos: 1 }).subscribe();
    const kept = outcome(page, 'b');
    machine.run(5);
    page.hide();
    machine.run(5);
    subscription.unsubscribe();
    const packets = received(machine);
    page.show();
    machine.run(2_000);
    expect(kept).to.deep.equal(['acknowledged', '|']);
    expect(packets.filter(each => each.startsWith('publish'))).to.deep.equal(['publish b #1']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('errors a publish with the timeout that passes while it is hidden', () => {
    const machine = new Machine();
    const page = connected(machine);
    machine.broker.cut('me');
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    machine.run(1);
    const result = outcome(page, 'a', { timeout: 100 });
    machine.run(5);
    page.hide();
    machine.run(200);
    expect(result).to.deep.equal(['!PUBLISH_TIMEOUT indeterminate']);
    const packets = received(machine);
    page.show();
    machine.run(2_000);
    expect(page.client.connection.status).to.equal('connected');
    expect(packets.filter(each => each.startsWith('publish'))).to.deep.equal([]);
    expect(records(machine)).to.deep.equal([]);
  });

  it('errors what waits with delivery stored when it is closed while it is hidden', () => {
    const machine = new Machine();
    const page = connected(machine);
    machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
    const result = outcome(page, 'a');
    machine.run(10);
    page.hide();
    machine.run(5);
    const fresh = outcome(page, 'b');
    watch(page.client.disconnect());
    machine.run(50);
    expect(result).to.deep.equal(['!CLIENT_CLOSED stored']);
    expect(fresh).to.deep.equal(['!CLIENT_CLOSED rejected']);
    expect(page.client.connection.status).to.equal('closed');
    const settled = acks(page);
    page.client.connect().subscribe();
    machine.run(50);
    expect(settled).to.deep.equal(['a delivered']);
  });

  it('receives each QoS 2 message once, and subscribes again to what another page has unsubscribed', () => {
    const machine = new Machine();
    const first = open(machine);
    const messages = watch(first.client.topic$('in', { qos: 2 }), message => message.text());
    machine.run(20);
    const publisher = machine.start({ clientId: 'other' });
    const send = (text: string) => publisher.client.publish('in', text, { qos: 2 }).subscribe();
    machine.broker.inject({ fault: 'drop', packet: 'pubrec', from: 'client' });
    send('1');
    machine.run(10);
    first.hide();
    machine.run(5);
    send('2');
    machine.run(10);
    first.show();
    machine.run(50);
    expect(messages).to.deep.equal(['1', '2']);
    first.hide();
    machine.run(5);
    const second = connected(machine);
    watch(second.client.unsubscribe('in'));
    machine.run(20);
    second.hide();
    machine.run(5);
    first.show();
    machine.run(50);
    send('3');
    machine.run(20);
    expect(messages).to.deep.equal(['1', '2', '3']);
    expect(keys(machine).filter(key => key.startsWith('r'))).to.deep.equal([]);
  });

  it('is not opened before the write that was under way has ended', () => {
    const machine = new Machine({ delay: () => 50 });
    const page = connected(machine);
    machine.run(200);
    const result = outcome(page, 'a');
    machine.run(10);
    page.hide();
    page.show();
    machine.run(1000);
    expect(result).to.deep.equal(['acknowledged', '|']);
    expect(page.client.connection.status).to.equal('connected');
  });

  it("keeps a message with until: 'queued' whose write was under way [S159] [S177]", () => {
    const machine = new Machine({ delay: () => 50 });
    const page = connected(machine);
    machine.run(200);
    machine.broker.cut('me');
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    machine.run(1);
    const packets = received(machine);
    const result = outcome(page, 'a', { until: 'queued' });
    machine.run(10);
    page.hide();
    machine.run(1000);
    page.show();
    machine.run(1000);
    expect(result).to.deep.equal(['queued', '|']);
    expect(packets.filter(each => each.startsWith('publish'))).to.deep.equal(['publish a #1']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('takes messages while its store closes, also if it is shown before the end of that [S119] [S159]', () => {
    for (const expiring of [false, true]) {
      let delay = 2;
      const machine = new Machine({ delay: () => delay });
      const page = connected(machine, { protocolVersion: 5 });
      machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
      const before = outcome(page, 'before');
      machine.run(10);
      delay = 1500;
      page.hide();
      machine.run(10);
      const properties = expiring ? { messageExpiryInterval: 1 } : {};
      const during = outcome(page, 'during', { properties });
      const stored = outcome(page, 'stored', { qos: 2, until: 'queued' });
      machine.run(10);
      page.show();
      const after = outcome(page, 'after');
      machine.run(1000);
      expect([before, stored, after]).to.deep.equal([[], [], []]);
      delay = 2;
      machine.run(20_000);
      expect(before).to.deep.equal(['acknowledged', '|']);
      expect(during).to.deep.equal(expiring ? ['!MESSAGE_EXPIRED rejected'] : ['acknowledged', '|']);
      expect(stored).to.deep.equal(['queued', '|']);
      expect(after).to.deep.equal(['acknowledged', '|']);
      expect(records(machine)).to.deep.equal([]);
    }
  });

  it('settles as stored what waits when it is left while disconnect() closes its store [S119] [S159]', () => {
    for (const ms of [0, 1, 10, 1000]) {
      let delay = 2;
      const machine = new Machine({ delay: () => delay });
      const page = connected(machine);
      machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
      const result = outcome(page, 'a', { timeout: 500 });
      machine.run(10);
      const settled = acks(page);
      delay = 1500;
      const end = watch(page.client.disconnect());
      machine.run(ms);
      page.hide();
      expect(outcome(page, 'late')).to.deep.equal(['!CLIENT_CLOSED rejected']);
      page.show();
      machine.run(10_000);
      expect(result).to.deep.equal(['!CLIENT_CLOSED stored']);
      expect(settled).to.deep.equal([]);
      expect(end).to.deep.equal(['|']);
      expect(page.client.connection.status).to.equal('closed');
      delay = 2;
      page.client.connect().subscribe();
      machine.run(100);
      expect(settled).to.deep.equal(['a delivered']);
      expect(records(machine)).to.deep.equal([]);
    }
  });

  it('closes and opens the store of a client without a connection, too [S159]', () => {
    const machine = new Machine();
    const first = open(machine, { autoConnect: false });
    watch(first.client.restored$);
    const result = outcome(first, 'a', { until: 'queued' });
    machine.run(20);
    expect(result).to.deep.equal(['queued', '|']);
    first.hide();
    machine.run(5);
    const second = open(machine, { autoConnect: false });
    const entries = watch(second.client.outbox$, all => all.map(({ topic }) => topic).join());
    machine.run(20);
    expect(entries.at(-1)).to.equal('a');
    second.hide();
    machine.run(5);
    first.show();
    machine.run(20);
    expect(first.client.connection.status).to.equal('idle');
    first.client.connect().subscribe();
    machine.run(50);
    expect(records(machine)).to.deep.equal([]);
    expect(first.signal$.observed).to.equal(true);
    watch(first.client.disconnect());
    machine.run(50);
    expect(first.signal$.observed).to.equal(false);
  });

  it('keeps the store open with platformSignal$: false', () => {
    const machine = new Machine();
    const first = open(machine, { platformSignal$: false, autoConnect: false });
    watch(first.client.restored$);
    machine.run(20);
    first.hide();
    machine.run(5);
    const refused = watch(from(open(machine, { autoConnect: false }).client.restored$));
    machine.run(20);
    expect(refused).to.deep.equal(['!STORE_IN_USE']);
  });
});
