import mqttPacket, { type Packet } from 'mqtt-packet';

/** A broker for one client, in a few lines: takes bytes, answers bytes. Refuses the topic `refused`, sends every message back. */
export function scriptedPeer(answer: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  let version = 4;
  const parser = mqttPacket.parser();
  const send = (packet: object) => answer(mqttPacket.generate(packet as Packet, { protocolVersion: version }));
  const subscriptions = new Set<string>();

  parser.on('packet', packet => {
    const { cmd, messageId } = packet;
    if (cmd === 'connect') {
      version = packet.protocolVersion ?? 4;
      send({ cmd: 'connack', sessionPresent: false, returnCode: 0, reasonCode: 0 });
    }
    if (cmd === 'subscribe') {
      for (const { topic } of packet.subscriptions) subscriptions.add(topic);
      const granted = packet.subscriptions.map(({ topic, qos }) => (topic === 'refused' ? 0x80 : qos));
      send({ cmd: 'suback', messageId, granted });
    }
    if (cmd === 'unsubscribe') send({ cmd: 'unsuback', messageId, granted: packet.unsubscriptions.map(() => 0) });
    if (cmd === 'publish') {
      if (packet.qos === 1) send({ cmd: 'puback', messageId, reasonCode: 0 });
      if (packet.qos === 2) send({ cmd: 'pubrec', messageId, reasonCode: 0 });
      send({ ...packet, dup: false });
    }
    if (cmd === 'pubrec') send({ cmd: 'pubrel', messageId, reasonCode: 0 });
    if (cmd === 'pubrel') send({ cmd: 'pubcomp', messageId, reasonCode: 0 });
  });
  parser.on('error', error => {
    throw error;
  });
  return bytes => void parser.parse(Buffer.from(bytes));
}
