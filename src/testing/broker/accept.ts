import type { ConnackPacket, ConnackProperties, ConnectPacket } from '../../packets.js';
import type { Peer } from './peer.js';
import { FOREVER } from './session.js';

/** Handles CONNECT: refuses it, or begins the session (5.0 sections 3.1.4 and 3.2). */
export function accept(connect: ConnectPacket, connection: Peer): void {
  const { settings, sessions } = connection.core;
  const { protocolVersion } = connect;
  const isSupported = settings.versions.includes(protocolVersion);
  // A broker that does not support 5.0 answers with a packet of 3.1.1.
  connection.useVersion(isSupported || protocolVersion !== 5 ? protocolVersion : 4);
  const reasonCode = isSupported ? refusal(connect, connection) : 0x84;
  if (reasonCode !== undefined) {
    connection.send({ cmd: 'connack', sessionPresent: false, reasonCode });
    return connection.finish();
  }

  const clientId = connect.clientId || sessions.newId();
  const properties = connackPropertiesOf(connect, settings.connack);
  const { session, present } = sessions.begin(clientId, connect.clean);
  session.expiry = expiryOf(connect, settings.connack);
  session.will = connect.will;
  connection.begin(session, connect, properties.serverKeepAlive ?? connect.keepalive);
  if (connect.clientId === '') properties.assignedClientIdentifier = clientId;
  const connack: ConnackPacket = { cmd: 'connack', sessionPresent: present, reasonCode: 0 };
  if (protocolVersion === 5 && Object.keys(properties).length > 0) connack.properties = properties;
  connection.send(connack);
  session.outgoing.begin(connection);
}

function refusal(connect: ConnectPacket, { core: { settings, faults } }: Peer): number | undefined {
  const { clientId, clean, protocolVersion, properties, will } = connect;
  const fault = faults.takeRefusal();
  if (fault !== undefined) return fault;
  // 3.1 requires a client identifier; 3.1.1 assigns one only to a clean session [MQTT-3.1.3-8].
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

function connackPropertiesOf(
  { properties, protocolVersion }: ConnectPacket,
  own: ConnackProperties,
): ConnackProperties {
  const { responseInformation, serverKeepAlive, ...others } = own;
  return {
    ...others,
    // Sent only on request [MQTT-3.1.2-28].
    ...(responseInformation !== undefined && properties?.requestResponseInformation ? { responseInformation } : {}),
    ...(serverKeepAlive !== undefined && protocolVersion === 5 ? { serverKeepAlive } : {}),
  };
}
