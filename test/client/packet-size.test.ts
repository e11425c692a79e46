import { expect } from 'chai';
import { timer } from 'rxjs';
import { type ConnectPacket, type MqttError, type MqttOptions, memoryTransport, mqtt } from '../../src/index.js';
import { connack } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';
import { testScheduler } from '../support/marbles.js';

const MiB = 1024 * 1024;

/** What the client announces, and what it says when the broker announces a PUBLISH of so many bytes. */
function play(options: MqttOptions, size: number): { announced: number | undefined; error: MqttError | undefined } {
  let announced: number | undefined;
  let error: MqttError | undefined;
  const version = (options.protocolVersion ?? 5) as 5 | 4;
  const transport = memoryTransport(peer => {
    peer.data$.subscribe(() => {
      const remaining = size - 5;
      const units = [0, 7, 14, 21].map(shift => ((remaining >> shift) & 0x7f) | (shift < 21 ? 0x80 : 0));
      peer.write(Uint8Array.from([...serverBytes(connack(), version), 0x30, ...units]));
    });
  });
  testScheduler().run(() => {
    const client = mqtt('mqtt://broker', { transport, protocolVersion: version, reconnect: false, ...options });
    client.packet$.subscribe(({ packet }) => {
      if (packet.cmd === 'connect') announced = (packet as ConnectPacket).properties?.maximumPacketSize;
    });
    client.connection$.subscribe(state => {
      if (state.status === 'closed') error = state.error;
    });
    client.connect().subscribe({ error: () => undefined });
    timer(1).subscribe(() => client.close());
  });
  return { announced, error };
}

describe('the size of packets of the broker [MQTT-3.1.2-24]', () => {
  for (const protocolVersion of [5, 4] as const) {
    const announces = (size: number) => (protocolVersion === 5 ? size : undefined);

    it(`${protocolVersion}: at most 64 MiB by default, and the error says how to raise it`, () => {
      expect(play({ protocolVersion }, 64 * MiB)).to.deep.equal({ announced: announces(64 * MiB), error: undefined });
      const { error } = play({ protocolVersion }, 64 * MiB + 1);
      expect(error).to.include({ code: 'PACKET_TOO_LARGE', reasonCode: 0x95 });
      expect(error!.message).to.contain('67108865 bytes').and.to.contain("'properties.maximumPacketSize'");
    });

    it(`${protocolVersion}: what properties.maximumPacketSize says`, () => {
      const options = { protocolVersion, properties: { maximumPacketSize: 3 * MiB } };
      expect(play(options, 3 * MiB)).to.deep.equal({ announced: announces(3 * MiB), error: undefined });
      expect(play(options, 3 * MiB + 1).error).to.include({ code: 'PACKET_TOO_LARGE' });
    });

    it(`${protocolVersion}: no bound, and none announced, with Infinity`, () => {
      const options = { protocolVersion, properties: { maximumPacketSize: Infinity } };
      expect(play(options, 268_435_460)).to.deep.equal({ announced: undefined, error: undefined });
    });
  }
});
