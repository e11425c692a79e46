import { expect } from 'chai';
import { NEVER, VirtualTimeScheduler } from 'rxjs';
import { PacketWriter } from '../../src/client/connection/packets/packet-writer.js';
import type { Packet } from '../../src/packets.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { message } from '../protocol/support.js';

/** A writer whose turn does not end by itself. */
function writerTo(write: (bytes: Uint8Array) => boolean, holdsBytes = true) {
  const flushed: OutgoingPublish[] = [];
  const errors: unknown[] = [];
  const writer = new PacketWriter({ data$: NEVER, write, drain$: NEVER, holdsBytes }, 5, new VirtualTimeScheduler(), {
    onFlushed: messages => flushed.push(...messages),
    onWriteError: error => errors.push(error),
    onUnencodable: (_, error) => errors.push(error),
    onDrain: () => undefined,
    onBacklogFull: () => undefined,
  });
  return { writer, flushed, errors };
}

/** A message that is in flight with its packet identifier. */
function inFlight(topic: string, qos: 0 | 1 | 2, dup = false): OutgoingPublish {
  const sent = message(topic, { qos });
  sent.stage = 'sent';
  sent.packetId = 1;
  sent.dup = dup;
  return sent;
}

describe('the buffer of a packet writer', () => {
  it('is written again while the link holds no bytes, and is let go of with PINGREQ alone', () => {
    const buffers: ArrayBufferLike[] = [];
    const { writer } = writerTo(({ buffer }) => buffers.push(buffer) > 0, false);
    const write = (...packets: Packet[]) => {
      for (const packet of packets) writer.send(packet);
      writer.flush();
      return buffers.at(-1);
    };
    const first = write(inFlight('a', 1));
    expect(write({ cmd: 'pingreq' }, inFlight('b', 1)), 'PINGREQ and more').to.equal(first);
    expect(write({ cmd: 'pingreq' }), 'PINGREQ').to.equal(first);
    const second = write(inFlight('c', 1));
    expect(second).not.to.equal(first);
    writer.releaseBuffer();
    expect(write(inFlight('d', 1)), 'after releaseBuffer()').not.to.equal(second);
  });
});

describe('what a connection had not written when it ended', () => {
  it('certainly was not sent, unless it had been sent before [S39]', () => {
    const { writer, flushed } = writerTo(() => true);
    const written = inFlight('written', 1);
    writer.send(written);
    writer.flush();
    const all = [inFlight('q1', 1), inFlight('q2', 2), inFlight('again', 1, true), inFlight('q0', 0)];
    for (const each of all) writer.send(each);
    expect(writer.close()).to.deep.equal(all);
    expect(flushed).to.deep.equal([written]);
    expect([written, ...all].filter(({ isUnsent }) => isUnsent).map(({ topic }) => topic)).to.deep.equal(['q1', 'q2']);
  });

  it('may have been sent if the link has thrown', () => {
    const { writer, errors } = writerTo(() => {
      throw new Error('half written');
    });
    const sent = inFlight('a', 2);
    writer.send(sent);
    writer.flush();
    expect(errors).to.have.length(1);
    expect(writer.close()).to.deep.equal([sent]);
    expect(sent.isUnsent).to.equal(false);
  });
});
