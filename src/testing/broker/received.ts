import type { DisconnectPacket, Packet, PublishPacket, PubrelPacket } from '../../packets.js';
import { isFailure } from '../../protocol/reason-codes.js';
import { assertTopicName } from '../../protocol/topics/validate.js';
import type { Peer } from './peer.js';
import { messageOf } from './message.js';
import { violation } from './options.js';
import type { BrokerSession } from './session.js';
import { subscribe, unsubscribe } from './subscribe.js';

/** Handles a packet of a connected client. */
export function handlePacket(packet: Packet, connection: Peer, session: BrokerSession): void {
  const { outgoing } = session;
  switch (packet.cmd) {
    case 'publish':
      return publish(packet, connection, session);
    case 'puback':
      return outgoing.puback(packet.packetId);
    case 'pubrec':
      return outgoing.pubrec(packet.packetId, isFailure(packet.reasonCode));
    case 'pubrel':
      return pubrel(packet, connection, session);
    case 'pubcomp':
      return outgoing.pubcomp(packet.packetId);
    case 'subscribe':
      if (
        hangUpByFault(
          packet.cmd,
          packet.subscriptions.map(({ filter }) => filter),
          connection,
        )
      )
        return;
      return subscribe(packet, connection, session);
    case 'unsubscribe':
      if (hangUpByFault(packet.cmd, packet.filters, connection)) return;
      return unsubscribe(packet, connection, session);
    case 'pingreq':
      return connection.send({ cmd: 'pingresp' });
    case 'disconnect':
      return disconnect(packet, connection, session);
    default:
      throw violation(0x82, `${packet.cmd.toUpperCase()} is not allowed here`);
  }
}

function publish(packet: PublishPacket, connection: Peer, session: BrokerSession): void {
  const { core, version } = connection;
  const topic = topicOf(packet, connection);
  if (hangUpByFault(packet.cmd, [topic], connection)) return;
  const { qos, packetId = 0 } = packet;
  const { maximumQoS = 2, retainAvailable = true, receiveMaximum = Infinity } = core.settings.connack;
  if (qos > maximumQoS) throw violation(0x9b, `QoS ${qos} is above the maximum`);
  if (packet.retain && !retainAvailable) throw violation(0x9a, 'retained messages are not supported');
  if (qos === 2 && session.received.has(packetId)) return connection.send({ cmd: 'pubrec', packetId });
  if (qos === 2 && session.received.size >= receiveMaximum) throw violation(0x93, 'more than the receive maximum');

  const allowed = core.settings.authorize(session.clientId, 'publish', topic);
  const message = messageOf(packet, topic, session.clientId, core.now());
  // 0x10 says that there is no matching subscription (section 3.4.2.1). In 3.x there are no reason codes.
  const reasonCode = !allowed ? 0x87 : core.publish(message) ? 0 : 0x10;
  if (qos === 0) return;
  if (qos === 2 && !isFailure(reasonCode)) session.received.add(packetId);
  const cmd = qos === 1 ? 'puback' : 'pubrec';
  connection.send({ cmd, packetId, ...(version === 5 && reasonCode !== 0 ? { reasonCode } : {}) });
}

/** Closes the connection if a fault says so; returns whether it has. */
function hangUpByFault(
  cmd: 'publish' | 'subscribe' | 'unsubscribe',
  names: readonly string[],
  connection: Peer,
): boolean {
  const fault = connection.core.faults.takeHangUp(cmd, names);
  if (fault?.reasonCode !== undefined) throw violation(fault.reasonCode, 'a fault of the test');
  if (fault !== undefined) connection.closeWithWill();
  return fault !== undefined;
}

/** Returns the topic of a message, which may be a topic alias (5.0 section 3.3.2.3.4). */
function topicOf({ topic, properties }: PublishPacket, { core, aliases }: Peer): string {
  const alias = properties?.topicAlias;
  if (alias !== undefined) {
    const { topicAliasMaximum = 0 } = core.settings.connack;
    if (alias > topicAliasMaximum) throw violation(0x94, `topic alias ${alias} is above the maximum`);
    if (topic !== '') aliases.set(alias, topic);
  }
  const name = topic === '' && alias !== undefined ? aliases.get(alias) : topic;
  if (name === undefined) throw violation(0x82, `topic alias ${alias} is unknown`);
  try {
    assertTopicName(name);
  } catch {
    throw violation(0x90, `'${name}' is not a topic name`);
  }
  return name;
}

function pubrel({ packetId }: PubrelPacket, connection: Peer, session: BrokerSession): void {
  const isKnown = session.received.delete(packetId);
  connection.send({ cmd: 'pubcomp', packetId, ...(isKnown || connection.version < 5 ? {} : { reasonCode: 0x92 }) });
}

/** Handles DISCONNECT (5.0 section 3.14). */
function disconnect({ reasonCode = 0, properties }: DisconnectPacket, connection: Peer, session: BrokerSession): void {
  const { sessionExpiryInterval } = properties ?? {};
  if (sessionExpiryInterval !== undefined) {
    if (session.expiry === 0 && sessionExpiryInterval > 0) throw violation(0x82, 'a session that ends cannot be kept');
    session.expiry = sessionExpiryInterval;
  }
  if (reasonCode === 0) connection.finish();
  else connection.closeWithWill();
}
