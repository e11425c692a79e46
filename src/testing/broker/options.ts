import { type SchedulerLike, asyncScheduler } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { ConnackProperties, ConnectPacket, ProtocolVersion } from '../../packets.js';
import { misuse, quote, quoteAll } from '../marbles/failure.js';
import type { Fault } from './faults.js';

/** Options of {@link virtualBroker}. */
export interface VirtualBrokerOptions {
  /** The scheduler of the broker. Default `asyncScheduler`, which is virtual inside of `TestScheduler.run()` and `mqttMarbles`. */
  scheduler?: SchedulerLike;
  /** ms that bytes take from one side to the other. Default 0. */
  latency?: number;
  /** bytes. The size of the pieces in which bytes arrive; 1 splits at every byte. Default: as they were written. */
  pieces?: number;
  /** The supported versions of MQTT. Default: all. */
  versions?: readonly ProtocolVersion[];
  /**
   * The properties of CONNACK (5.0 section 3.2.2.3). The broker enforces these limits, including Server Keep Alive and Session Expiry
   * Interval. In 3.x, it enforces them without sending them.
   */
  connack?: Omit<ConnackProperties, 'assignedClientIdentifier'>;
  /** Returns true if the client may connect, or the reason code of the refusal; false is 0x86. Default: all clients may connect. */
  authenticate?: (connect: ConnectPacket) => boolean | number;
  /** Returns whether a client may publish to a topic or subscribe to a filter. Default: all clients may do everything. */
  authorize?: (clientId: string, action: 'publish' | 'subscribe', topic: string) => boolean;
  /** The faults that occur; see also `inject()`. */
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
      throw misuse(`unknown option '${name}' of virtualBroker(); known are ${quoteAll(names)}`);
  }
  const { latency = 0, pieces = Infinity, versions = [5, 4, 3] } = options;
  if (!(latency >= 0 && latency < Infinity))
    throw misuse(`'latency' of virtualBroker() is ${quote(latency)}; it must be a number of ms of at least 0`);
  if (pieces !== Infinity && !(Number.isInteger(pieces) && pieces > 0)) {
    throw misuse(`'pieces' of virtualBroker() is ${quote(pieces)}; it must be an integer of at least 1`);
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

/** Returns the error that ends a connection, because the client violated the protocol or a limit. */
export const violation = (reasonCode: number, what: string): MqttError =>
  new MqttError('PROTOCOL_ERROR', what, { reasonCode });
