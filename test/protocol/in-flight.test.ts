import { expect } from 'chai';
import { InFlight } from '../../src/protocol/outbound/in-flight.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import { message, show } from './support.js';

/** Messages in flight on a connection with this window. */
function inFlight(window: number, ...topics: string[]) {
  const ids = new PacketIds();
  const flight = new InFlight(ids);
  flight.begin({ maximum: window, maximumQos2: window });
  const messages = topics.map(topic => message(topic, { qos: 2 }));
  for (const each of messages) {
    expect(flight.hasRoomFor(each)).to.equal(true);
    flight.add(each);
  }
  const [a, b] = messages as [OutgoingPublish, OutgoingPublish];
  return { ids, flight, a, b };
}

describe('in flight', () => {
  it('holds messages by identifier, in the order of sending', () => {
    const { flight, a, b } = inFlight(5, 'a', 'b');
    expect([flight.size, flight.oldest]).to.deep.equal([2, a]);
    expect(flight.all).to.deep.equal([a, b]);
    expect([flight.get(2), flight.get(3)]).to.deep.equal([b, undefined]);
    expect(a).to.include({ packetId: 1, stage: 'sent', onThisConnection: true });
  });

  it('takes nothing beyond the window', () => {
    const { flight, ids } = inFlight(1, 'a');
    const b = message('b');
    expect(flight.hasRoomFor(b)).to.equal(false);
    expect(ids.inUse).to.equal(1);
  });

  it('takes nothing before a connection and after it', () => {
    const flight = new InFlight(new PacketIds());
    expect(flight.hasRoomFor(message('a'))).to.equal(false);
    flight.begin({ maximum: 1, maximumQos2: 1 });
    flight.end();
    expect(flight.hasRoomFor(message('a'))).to.equal(false);
  });

  it('settles a message once and for all: its identifier and its place in the window are free', () => {
    const { flight, ids, a } = inFlight(1, 'a');
    flight.settle(a);
    expect([a.stage, flight.size, flight.oldest, ids.inUse]).to.deep.equal(['settled', 0, undefined, 0]);
    expect(flight.hasRoomFor(message('b'))).to.equal(true);
  });

  it('a QoS 2 message that the broker lowered leaves its place among those of QoS 2', () => {
    const flight = new InFlight(new PacketIds());
    flight.begin({ maximum: 5, maximumQos2: 1 });
    const [a, b] = [message('a', { qos: 2 }), message('b', { qos: 2 })];
    flight.add(a);
    expect(flight.hasRoomFor(b)).to.equal(false);
    flight.lower(a);
    flight.settle(a);
    expect([a.qos, flight.hasRoomFor(b)]).to.deep.equal([1, true]);
    flight.add(b);
    flight.settle(b);
    expect(flight.hasRoomFor(b)).to.equal(true);
  });

  it('gives all up in the order of sending, with their identifiers', () => {
    const { flight, ids, a, b } = inFlight(5, 'a', 'b');
    expect(flight.clear()).to.deep.equal([a, b]);
    expect([flight.size, ids.inUse]).to.deep.equal([0, 0]);
    expect(a).to.include({ packetId: 0, stage: 'settled' });
  });

  it('resends nothing unless it is rewound', () => {
    const { flight } = inFlight(5, 'a');
    expect([flight.resending, flight.nextResend()]).to.deep.equal([false, undefined]);
  });

  it('resends until all are out, without those settled meanwhile', () => {
    const { flight, a, b } = inFlight(5, 'a', 'b');
    flight.begin({ maximum: 5, maximumQos2: 5 });
    flight.rewind();
    expect(flight.resending).to.equal(true);
    flight.settle(a);
    expect(show(flight.nextResend()!)).to.equal('b #2 dup');
    expect([flight.resending, flight.nextResend(), b.onThisConnection]).to.deep.equal([false, undefined, true]);
  });

  it('stops resending with the connection', () => {
    const { flight } = inFlight(5, 'a');
    flight.begin({ maximum: 5, maximumQos2: 5 });
    flight.rewind();
    flight.end();
    expect([flight.resending, flight.nextResend()]).to.deep.equal([false, undefined]);
  });
});
