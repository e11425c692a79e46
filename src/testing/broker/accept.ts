import type { ConnackPacket, ConnackProperties, ConnectPacket } from '../../packets.js';
import type { Peer } from './peer.js';
import { FOREVER } from './session.js';

/** CONNECT: who it is, and on what terms (5.0 sections 3.1.4 and 3.2). */
export function accept(connect: ConnectPacket, connection: Peer): void {
  const { settings, sessions } = connection.core;
  const { protocolVersion } = connect;
  const speaks = settings.versions.includes(protocolVersion);
  // a broker that does not know 5.0 answers as 3.1.1 does
  connection.speak(speaks || protocolVersion !== 5 ? protocolVersion : 4);
  const reasonCode = speaks ? refusal(connect, connection) : 0x84;
  if (reasonCode !== undefined) {
    connection.send({ cmd: 'connack', sessionPresent: false, reasonCode });
    return connection.finish();
  }

  const clientId = connect.clientId || sessions.newId();
  const terms = termsOf(connect, settings.connack);
  const { session, present } = sessions.begin(clientId, connect.clean);
  session.expiry = expiryOf(connect, settings.connack);
  session.will = connect.will;
  connection.begin(session, connect, terms.serverKeepAlive ?? connect.keepalive);
  if (connect.clientId === '') terms.assignedClientIdentifier = clientId;
  const connack: ConnackPacket = { cmd: 'connack', sessionPresent: present, reasonCode: 0 };
  if (protocolVersion === 5 && Object.keys(terms).length > 0) connack.properties = terms;
  connection.send(connack);
  session.outgoing.begin(connection);
}

function refusal(connect: ConnectPacket, { core: { settings, faults } }: Peer): number | undefined {
  const { clientId, clean, protocolVersion, properties, will } = connect;
  const fault = faults.refusal();
  if (fault !== undefined) return fault;
  // 3.1 wants an id; 3.1.1 gives one only to a clean session [MQTT-3.1.3-8]
  if (clientId === '' && (protocolVersion === 3 || (protocolVersion === 4 && !clean))) return 0x85;
  if (properties?.authenticationMethod !== undefined) return 0x8c;
  if (will && will.qos > (settings.connack.maximumQoS ?? 2)) return 0x9b;
  if (will?.retain && settings.connack.retainAvailable === false) return 0x9a;
  const verdict = settings.authenticate(connect);
  return verdict === true ? undefined : verdict === false ? 0x86 : verdict || undefined;
}

/** s */
function expiryOf({ protocolVersion, clean, properties }: ConnectPacket, own: ConnackProperties): number {
  if (protocolVersion < 5) return clean ? 0 : FOREVER;
  return own.sessionExpiryInterval ?? properties?.sessionExpiryInterval ?? 0;
}

function termsOf({ properties, protocolVersion }: ConnectPacket, own: ConnackProperties): ConnackProperties {
  const { responseInformation, serverKeepAlive, ...terms } = own;
  return {
    ...terms,
    // only to those who ask [MQTT-3.1.2-28]
    ...(responseInformation !== undefined && properties?.requestResponseInformation ? { responseInformation } : {}),
    ...(serverKeepAlive !== undefined && protocolVersion === 5 ? { serverKeepAlive } : {}),
  };
}
