import { firstValueFrom, lastValueFrom } from 'rxjs';
import { type NegotiatedLimits, type ProtocolVersion, received } from '../../index.js';
import { type Finding, found, unknown } from './finding.js';
import { PATIENCE, type Prober, subscribe, within } from './probe.js';

type Feature = (prober: Prober, protocolVersion: ProtocolVersion) => Promise<Finding>;

/** Asks a broker one thing after the other, each with connections of its own. */
export async function checkFeatures(prober: Prober, protocolVersion: ProtocolVersion): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, feature] of Object.entries(FEATURES)) {
    try {
      findings.push(await feature(prober, protocolVersion));
    } catch (error) {
      findings.push(unknown(name, error));
    }
  }
  return findings;
}

const FEATURES: Readonly<Record<string, Feature>> = {
  'QoS 1': (prober, version) => delivers(prober, version, 1),
  'QoS 2': (prober, version) => delivers(prober, version, 2),
  'retained messages': retains,
  wildcards: (prober, version) => matches(prober, version, 'wildcards', '+/#'),
  'shared subscriptions': shares,
  'overlapping filters': overlaps,
  'session resumption': resumes,
  will: publishesWill,
};

async function delivers(prober: Prober, protocolVersion: ProtocolVersion, qos: 1 | 2): Promise<Finding> {
  const topic = `${prober.prefix}/qos/${qos}`;
  return prober.with({ protocolVersion }, async client => {
    const { granted, next } = await subscribe(client, [topic], qos);
    const result = await within(
      firstValueFrom(client.publish(topic, 'x', { qos })),
      'the message was not acknowledged',
    );
    const message = await next();
    const asGranted = `granted ${granted.reasonCodes[0]!}, published ${result.qos}, delivered ${message.qos}`;
    const isWhole = message.qos === qos && result.qos === qos;
    return found(
      `QoS ${qos}`,
      isWhole,
      asGranted,
      isWhole ? undefined : 'this client sends with the QoS that the broker takes, and says so in the result',
    );
  });
}

async function retains(prober: Prober, protocolVersion: ProtocolVersion): Promise<Finding> {
  const topic = `${prober.prefix}/retained`;
  return prober.with({ protocolVersion }, async client => {
    await within(
      firstValueFrom(client.publish(topic, 'kept', { qos: 1, retain: true })),
      'the message was not acknowledged',
    );
    const { next } = await subscribe(client, [topic], 1);
    const message = await next().finally(() => firstValueFrom(client.publish(topic, '', { qos: 1, retain: true })));
    return found('retained messages', message.retain && message.text() === 'kept');
  });
}

async function matches(
  prober: Prober,
  protocolVersion: ProtocolVersion,
  name: string,
  filter: string,
): Promise<Finding> {
  return prober.with({ protocolVersion }, async client => {
    const { next } = await subscribe(client, [`${prober.prefix}/w/${filter}`], 1);
    await firstValueFrom(client.publish(`${prober.prefix}/w/a/b/c`, 'x', { qos: 1 }));
    return found(name, (await next()).text() === 'x');
  });
}

async function shares(prober: Prober, protocolVersion: ProtocolVersion): Promise<Finding> {
  const name = 'shared subscriptions';
  const topic = `${prober.prefix}/shared`;
  return prober.with({ protocolVersion }, async client => {
    const granted = await subscribe(client, [`$share/g/${topic}`], 1).catch((error: unknown) => error);
    if (granted instanceof Error) return found(name, false, granted.message);
    await firstValueFrom(client.publish(topic, 'x', { qos: 1 }));
    const { messages } = granted as Awaited<ReturnType<typeof subscribe>>;
    const { length } = await messages(PATIENCE / 4);
    return found(name, length === 1, length === 1 ? '' : 'it grants the filter, and delivers nothing');
  });
}

async function overlaps(prober: Prober, protocolVersion: ProtocolVersion): Promise<Finding> {
  const topic = `${prober.prefix}/overlap/a`;
  return prober.with({ protocolVersion }, async client => {
    let copies = 0;
    client.packet$
      .pipe(received('publish'))
      .subscribe({ next: packet => (copies += Number(packet.topic === topic)), error: () => undefined });
    await subscribe(client, [topic, `${prober.prefix}/overlap/+`], 1);
    await firstValueFrom(client.publish(topic, 'x', { qos: 1 }));
    const { messages } = await subscribe(client, [`${prober.prefix}/overlap/end`], 1);
    await messages(PATIENCE / 4);
    const remark = 'each stream gets a message once';
    return found(
      'overlapping filters',
      copies > 0,
      copies === 1 ? 'one copy' : `${copies} copies, one for each filter`,
      remark,
    );
  });
}

async function resumes(prober: Prober, protocolVersion: ProtocolVersion): Promise<Finding> {
  const topic = `${prober.prefix}/session`;
  const clientId = `check${prober.prefix.replace(/\W/g, '')}`.slice(0, 23);
  const session = { protocolVersion, clientId, clean: false, ...(protocolVersion === 5 && { sessionExpiry: 60 }) };
  await prober.with(session, client => subscribe(client, [topic], 1, { unsubscribeOnLeave: false }));
  await prober.with({ protocolVersion }, client => firstValueFrom(client.publish(topic, 'kept', { qos: 1 })));
  const finding = await prober.with({ ...session, unrouted: 'hold' }, async client => {
    const { connection } = client;
    const present = connection.status === 'connected' && connection.connack.sessionPresent;
    const { messages } = await subscribe(client, [topic], 1);
    const kept = (await messages(PATIENCE / 4)).length > 0;
    const detail = `${present ? 'the session is present' : 'no session is present'}, the message ${kept ? 'was kept' : 'is lost'}`;
    return found('session resumption', present && kept, detail);
  });
  await prober.with({ protocolVersion, clientId, clean: true }, () => Promise.resolve());
  return finding;
}

async function publishesWill(prober: Prober, protocolVersion: ProtocolVersion): Promise<Finding> {
  const topic = `${prober.prefix}/will`;
  return prober.with({ protocolVersion }, async client => {
    const { next } = await subscribe(client, [topic], 1);
    let isAbrupt = false;
    await prober.with({ protocolVersion, will: { topic, payload: 'gone', qos: 1 } }, async dying => {
      // in 5.0 the broker publishes it for DISCONNECT with 0x04; in 3.x only a lost connection tells
      isAbrupt = protocolVersion === 5;
      await lastValueFrom(dying.disconnect({ will: true }), { defaultValue: undefined });
    });
    const message = await next();
    return found(
      'will',
      message.text() === 'gone',
      isAbrupt ? '' : 'published by this client before DISCONNECT, as 3.x has no other way',
    );
  });
}

/** What the CONNACK says. */
export function limitFindings(limits: NegotiatedLimits): Finding[] {
  if (limits.protocolVersion !== 5)
    return [unknown('limits', 'a broker announces them in MQTT 5.0 only; the rows below are what it does')];
  const size = limits.maximumPacketSize === Infinity ? 'no limit' : `${limits.maximumPacketSize} bytes`;
  const figures: [string, string][] = [
    ['maximum QoS', String(limits.maximumQoS)],
    ['receive maximum', String(limits.receiveMaximum)],
    ['maximum packet size', size],
    ['topic alias maximum', String(limits.topicAliasMaximum)],
    ['keepalive', `${limits.keepalive} s`],
    ['session expiry', limits.sessionExpiry === 0xffffffff ? 'never' : `${limits.sessionExpiry} s`],
  ];
  return [
    ...figures.map(([name, detail]) => found(name, true, detail)),
    found('subscription identifiers', limits.subscriptionIdentifiersAvailable),
  ];
}
