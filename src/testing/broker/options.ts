import { type SchedulerLike, asyncScheduler } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { ConnackProperties, ConnectPacket, ProtocolVersion } from '../../packets.js';
import { misuse, quote, quoteAll } from '../marbles/failure.js';
import type { Fault } from './faults.js';

/** What a broker in memory allows, how fast it is, and what goes wrong. */
export interface VirtualBrokerOptions {
  /** Every timer and clock of the broker. Default `asyncScheduler`, which is virtual inside of `TestScheduler.run()` and `mqttMarbles`. */
  scheduler?: SchedulerLike;
  /** ms that anything takes from one side to the other. Default 0. */
  latency?: number;
  /** bytes; whatever is sent arrives in pieces of this size: 1 splits at every byte. Default: as it was written. */
  pieces?: number;
  /** The versions of MQTT it speaks. Default all. */
  versions?: readonly ProtocolVersion[];
  /**
   * 5.0: what CONNACK says (section 3.2.2.3). The broker keeps to it: limits are enforced, Server Keep Alive and Session Expiry are
   * its own. What 3.x cannot say is enforced there too.
   */
  connack?: Omit<ConnackProperties, 'assignedClientIdentifier'>;
  /** Who may connect: true, or the reason code to refuse with; false is 0x86. Default: everybody. */
  authenticate?: (connect: ConnectPacket) => boolean | number;
  /** Who may publish and subscribe what. Default: everybody everything. */
  authorize?: (clientId: string, action: 'publish' | 'subscribe', topic: string) => boolean;
  /** What goes wrong; see also `inject()`. */
  faults?: readonly Fault[];
}

export type BrokerSettings = Required<VirtualBrokerOptions>;

const names = [
  'scheduler',
  'latency',
  'pieces',
  'versions',
  'connack',
  'authenticate',
  'authorize',
  'faults',
] satisfies (keyof VirtualBrokerOptions)[];

export function settingsOf(options: VirtualBrokerOptions): BrokerSettings {
  for (const name of Object.keys(options)) {
    if (!(names as string[]).includes(name))
      throw misuse(`virtualBroker() has no option '${name}'; its options are ${quoteAll(names)}`);
  }
  const { latency = 0, pieces = Infinity, versions = [5, 4, 3] } = options;
  if (!(latency >= 0 && latency < Infinity))
    throw misuse(`'latency' of virtualBroker() is ${quote(latency)}; it must be a number of ms from 0`);
  if (pieces !== Infinity && !(Number.isInteger(pieces) && pieces > 0)) {
    throw misuse(`'pieces' of virtualBroker() is ${quote(pieces)}; it must be a whole number of bytes from 1`);
  }
  return {
    scheduler: options.scheduler ?? asyncScheduler,
    latency,
    pieces,
    versions,
    connack: options.connack ?? {},
    authenticate: options.authenticate ?? (() => true),
    authorize: options.authorize ?? (() => true),
    faults: options.faults ?? [],
  };
}

/** What ends a connection: the client has broken the protocol, or a limit. */
export const violation = (reasonCode: number, what: string): MqttError =>
  new MqttError('PROTOCOL_ERROR', what, { reasonCode });
