import fc, { type Arbitrary } from 'fast-check';
import type { Packet, ProtocolVersion } from '../../src/packets.js';

/** Random packets of both sides, as the codec gives them: fields that are not there are absent. */

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }).map(value => value.replaceAll('\0', '')),
);
const filled = text.filter(value => value !== '');
const topic = filled.map(value => value.replace(/[+#]/g, '/'));
const bytes = fc.uint8Array({ maxLength: 200 });
const packetId = fc.integer({ min: 1, max: 0xffff });
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const positive16 = fc.integer({ min: 1, max: 0xffff });
const positive32 = fc.integer({ min: 1, max: 0xffffffff });
const subscriptionId = fc.integer({ min: 1, max: 0xfffffff });
const userProperties = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('__proto__', '1', 'a')), text), {
  minLength: 1,
  maxLength: 4,
});
const flag = fc.boolean();

const ackProperties = { reasonString: text, userProperties };
const messageProperties = {
  payloadFormatIndicator: flag,
  messageExpiryInterval: uint32,
  responseTopic: topic,
  correlationData: bytes,
  userProperties,
  contentType: text,
};

/** `{ properties }` with some of `shape`, or nothing. */
function properties<T extends object>(shape: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<{ properties?: object }> {
  return fc
    .record(shape, { requiredKeys: [] })
    .map(some => (Object.keys(some).length === 0 ? {} : { properties: some }));
}

const merged = (...parts: Arbitrary<object>[]): Arbitrary<Packet> =>
  fc.tuple(...parts).map(objects => Object.assign({}, ...objects) as Packet);
const some = <T>(shape: { [K in keyof T]: Arbitrary<T[K]> }) => fc.record(shape, { requiredKeys: [] });
const nothing = fc.constant({});

export function publish(version: ProtocolVersion, sender: 'client' | 'server' = 'server'): Arbitrary<Packet> {
  const alone = { ...messageProperties, topicAlias: positive16 };
  const fromServer = {
    ...alone,
    subscriptionIdentifier: fc.oneof(subscriptionId, fc.array(subscriptionId, { minLength: 2, maxLength: 3 })),
  };
  const inAny = version === 5 ? properties(sender === 'client' ? alone : fromServer) : nothing;
  return merged(
    fc.record({ cmd: fc.constant('publish'), topic, payload: bytes, retain: flag }),
    fc.tuple(qos, flag, packetId).map(([level, dup, id]) => ({
      qos: level,
      dup: level > 0 && dup,
      packetId: level > 0 ? id : 0,
    })),
    fc.constant({ properties: undefined }),
    inAny,
  );
}

const withReason = (version: ProtocolVersion, codes: number[], shape: Record<string, Arbitrary<unknown>>) =>
  version < 5
    ? nothing
    : fc.oneof(
        nothing,
        merged(fc.record({ reasonCode: fc.constantFrom(...codes) }), properties(shape)) as Arbitrary<object>,
      );

export function acknowledgement(version: ProtocolVersion): Arbitrary<Packet> {
  return fc.constantFrom('puback', 'pubrec', 'pubrel', 'pubcomp').chain(cmd => {
    const codes = cmd === 'pubrel' || cmd === 'pubcomp' ? [0x92] : [0x10, 0x80, 0x97];
    return merged(fc.record({ cmd: fc.constant(cmd), packetId }), withReason(version, codes, ackProperties));
  });
}

export function serverPacket(version: ProtocolVersion): Arbitrary<Packet> {
  const in5 = (shape: Record<string, Arbitrary<unknown>>) => (version === 5 ? properties(shape) : nothing);
  const codes = (...allowed: number[]) => fc.array(fc.constantFrom(...allowed), { minLength: 1, maxLength: 9 });
  const connackProperties = {
    ...ackProperties,
    sessionExpiryInterval: uint32,
    receiveMaximum: positive16,
    maximumQoS: fc.constantFrom(0, 1),
    retainAvailable: flag,
    maximumPacketSize: positive32,
    assignedClientIdentifier: text,
    topicAliasMaximum: uint16,
    wildcardSubscriptionAvailable: flag,
    subscriptionIdentifiersAvailable: flag,
    sharedSubscriptionAvailable: flag,
    serverKeepAlive: uint16,
    responseInformation: text,
    serverReference: text,
    authenticationMethod: text,
    authenticationData: bytes,
  };
  const results =
    version === 5
      ? [{ reasonCode: 0 }, { reasonCode: 0x87 }]
      : [
          { reasonCode: 0, returnCode: 0 },
          { reasonCode: 0x87, returnCode: 5 },
        ];
  const packets = [
    publish(version),
    acknowledgement(version),
    fc.tuple(flag, fc.constantFrom(...results), in5(connackProperties)).map(([present, result, more]) => ({
      cmd: 'connack',
      sessionPresent: present && result.reasonCode === 0,
      ...result,
      ...more,
    })) as Arbitrary<Packet>,
    merged(fc.record({ cmd: fc.constant('suback'), packetId, reasonCodes: codes(0, 1, 2, 0x80) }), in5(ackProperties)),
    merged(
      fc.record({
        cmd: fc.constant('unsuback'),
        packetId,
        reasonCodes: version === 5 ? codes(0, 0x11, 0x87) : fc.constant([]),
      }),
      in5(ackProperties),
    ),
    fc.constant<Packet>({ cmd: 'pingresp' }),
  ];
  if (version < 5) return fc.oneof(...packets);
  const disconnect = withReason(5, [0x81, 0x8b, 0x9d], { ...ackProperties, serverReference: text });
  const auth = fc.tuple(text, properties({ ...ackProperties, authenticationData: bytes }));
  return fc.oneof(
    ...packets,
    merged(fc.constant({ cmd: 'disconnect' }), disconnect),
    auth.map(([authenticationMethod, more]) => ({
      cmd: 'auth',
      reasonCode: 0x18,
      properties: { authenticationMethod, ...more.properties },
    })) as Arbitrary<Packet>,
  );
}

export function clientPacket(version: ProtocolVersion): Arbitrary<Packet> {
  const in5 = (shape: Record<string, Arbitrary<unknown>>) => (version === 5 ? properties(shape) : nothing);
  const connectProperties = {
    userProperties,
    sessionExpiryInterval: uint32,
    receiveMaximum: positive16,
    maximumPacketSize: positive32,
    topicAliasMaximum: uint16,
    requestResponseInformation: flag,
    requestProblemInformation: flag,
    authenticationMethod: text,
    authenticationData: bytes,
  };
  const will = merged(
    fc.record({ topic, payload: bytes, qos, retain: flag }),
    in5({ ...messageProperties, willDelayInterval: uint32 }),
  );
  const subscription = merged(
    fc.record({ filter: filled, qos }),
    version === 5
      ? some({ noLocal: flag, retainAsPublished: flag, retainHandling: fc.constantFrom(0, 1, 2) })
      : nothing,
  );
  const packets = [
    publish(version, 'client'),
    acknowledgement(version),
    merged(
      fc.record({
        cmd: fc.constant('connect'),
        protocolVersion: fc.constant(version),
        clientId: version === 5 ? text : filled,
        clean: flag,
        keepalive: uint16,
      }),
      some({ username: text, password: bytes, will }),
      in5(connectProperties),
    ),
    merged(
      fc.record({
        cmd: fc.constant('subscribe'),
        packetId,
        subscriptions: fc.array(subscription, { minLength: 1, maxLength: 4 }),
      }),
      in5({ userProperties, subscriptionIdentifier: subscriptionId }),
    ),
    merged(
      fc.record({
        cmd: fc.constant('unsubscribe'),
        packetId,
        filters: fc.array(filled, { minLength: 1, maxLength: 4 }),
      }),
      in5({ userProperties }),
    ),
    fc.constant<Packet>({ cmd: 'pingreq' }),
    merged(
      fc.constant({ cmd: 'disconnect' }),
      withReason(version, [4, 0x81], { ...ackProperties, sessionExpiryInterval: uint32 }),
    ),
  ];
  if (version < 5) return fc.oneof(...packets);
  const auth = fc.tuple(text, properties({ ...ackProperties, authenticationData: bytes }));
  return fc.oneof(
    ...packets,
    auth.map(([authenticationMethod, more]) => ({
      cmd: 'auth',
      reasonCode: 0x19,
      properties: { authenticationMethod, ...more.properties },
    })) as Arbitrary<Packet>,
  );
}
