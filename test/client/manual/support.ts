import { NEVER, type Observable, Subject, asyncScheduler, concat, map, of, tap } from 'rxjs';
import mqttPacket from 'mqtt-packet';
import type {
  AckableMessage,
  ConnackPacket,
  MqttClient,
  Packet,
  QoS,
  TopicOptions,
  Transport,
} from '../../../src/index.js';
import { connack, publish, suback, describePacket } from '../../support/packets.js';
import { serverBytes } from '../../support/server-bytes.js';

/** Subscribes now; gives the messages that come, and a timeline of them. */
export function collect(client: MqttClient, filter: string, options: TopicOptions = {}) {
  const got: AckableMessage[] = [];
  const message$ = new Subject<string>();
  const subscription = client.topic$(filter, { qos: 2, ...options, ack: 'manual' }).subscribe(message => {
    got.push(message);
    message$.next(`${message.topic}${message.dup ? ' dup' : ''}`);
  });
  return { got, subscription, message$: message$ as Observable<string> };
}

export const answers = (client: MqttClient): Observable<string> => {
  const out$ = new Subject<string>();
  client.packet$.subscribe(({ direction, packet }) => {
    if (direction === 'sent' && /^pub(ack|rec|comp)$/.test(packet.cmd)) out$.next(describePacket(packet));
  });
  return out$;
};

/** What is shown and not acknowledged by a stream, in words. */
export const unrouted = (client: MqttClient) => client.unrouted$.pipe(map(({ topic }) => `unrouted ${topic}`));

export interface FloodOptions {
  readonly version: 5 | 4;
  readonly qos: QoS;
  /** Messages a ms. */
  readonly rate: number;
  /** QoS 1 and 2 that the broker has open at a time. */
  readonly window?: number;
  /** Payload bytes. */
  readonly size?: number;
  readonly pausable?: boolean;
  readonly accept?: Partial<ConnackPacket>;
}

/** A broker that sends as fast as it may, on virtual time: it heeds the window, and a link that pauses. */
export function flood(options: FloodOptions) {
  const { version, qos, rate, window = Infinity, size = 10, pausable = true, accept } = options;
  const seen = { sent: 0, open: 0, mostOpen: 0, pauses: 0, pings: 0, paused: false, connections: 0 };
  const transport: Transport = () => {
    const data$ = new Subject<Uint8Array>();
    const parser = mqttPacket.parser({ protocolVersion: version });
    const send = (...packets: Packet[]) => {
      data$.next(Buffer.concat(packets.map(packet => serverBytes(packet, version))));
    };
    let id = 0;
    let unread: Packet[] = [];
    const tell = (packet: Packet) => (seen.paused ? void unread.push(packet) : send(packet));
    const burst = () => {
      if (seen.paused) return;
      const packets: Packet[] = [];
      for (let i = 0; i < rate && (qos === 0 || seen.open < window); i++) {
        seen.sent++;
        if (qos > 0) seen.mostOpen = Math.max(seen.mostOpen, ++seen.open);
        if (qos > 0) id = (id % 0xffff) + 1;
        packets.push(publish('t', { qos, payload: 'x'.repeat(size), ...(qos > 0 ? { packetId: id } : {}) }));
      }
      if (packets.length > 0) send(...packets);
    };
    const later = (work: () => void) => asyncScheduler.schedule(work);
    let bursts = asyncScheduler.schedule(() => undefined);
    parser.on('packet', packet => {
      if (packet.cmd === 'connect') later(() => send(connack(accept)));
      if (packet.cmd === 'subscribe') {
        later(() => send(suback(packet.messageId!, qos)));
        bursts = asyncScheduler.schedule(function () {
          burst();
          this.schedule(undefined, 1);
        }, 1);
      }
      if (packet.cmd === 'puback' || packet.cmd === 'pubcomp') seen.open--;
      if (packet.cmd === 'publish')
        asyncScheduler.schedule(() => tell({ cmd: 'puback', packetId: packet.messageId! }), 5);
      if (packet.cmd === 'pubrec') tell({ cmd: 'pubrel', packetId: packet.messageId! });
      if (packet.cmd === 'pingreq') {
        seen.pings++;
        tell({ cmd: 'pingresp' });
      }
    });
    const link = {
      data$: data$.asObservable(),
      write: (chunk: Uint8Array) => {
        parser.parse(Buffer.from(chunk));
        return true;
      },
      drain$: NEVER,
      end: () => {
        bursts.unsubscribe();
        data$.complete();
      },
      ...(pausable && {
        pause: () => {
          seen.pauses++;
          seen.paused = true;
        },
        resume: () => {
          seen.paused = false;
          const late = unread;
          unread = [];
          if (late.length > 0) later(() => send(...late));
        },
      }),
    };
    seen.connections++;
    seen.open = 0;
    seen.paused = false;
    return concat(of(link), NEVER).pipe(tap({ unsubscribe: () => bursts.unsubscribe() }));
  };
  return { transport, seen };
}
