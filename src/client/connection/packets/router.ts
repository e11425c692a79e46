import { type Observable, Subject } from 'rxjs';
import { MqttError } from '../../../errors.js';
import type {
  AuthPacket,
  ConnackPacket,
  DisconnectPacket,
  Packet,
  PublishPacket,
  PubrelPacket,
  SubackPacket,
  UnsubackPacket,
  PublishAck,
} from '../../../packets.js';
import { describeReason, isRetryable } from '../../../protocol/reason-codes.js';
import { protocolError } from '../../../protocol/violations.js';
import { Unicast } from '../../streams/unicast.js';

/** Gives each incoming packet to its flow. Lives with the connection. */
export class Router {
  readonly publishAck$ = new Unicast<PublishAck>();
  readonly inbound$ = new Unicast<PublishPacket | PubrelPacket>();
  readonly subscriptionAck$ = new Unicast<SubackPacket | UnsubackPacket>();
  /** Undefined once CONNACK has arrived. */
  #connack$: Unicast<ConnackPacket> | undefined;
  // made on demand, because most connections use neither
  #auth$: Subject<AuthPacket> | undefined;
  #idFreed$: Subject<void> | undefined;
  #isConnected = false;

  get connack$(): Observable<ConnackPacket> {
    return (this.#connack$ ??= new Unicast());
  }

  /** Emits after each acknowledgement of a message, because it may have freed a packet identifier. It is rarely subscribed. */
  get idFreed$(): Observable<void> {
    return (this.#idFreed$ ??= new Subject());
  }

  /** Is subscribed only while AUTH is expected. Any other AUTH is a protocol error. */
  get auth$(): Observable<AuthPacket> {
    return (this.#auth$ ??= new Subject());
  }

  /** Whether CONNACK has arrived. */
  get connected(): boolean {
    return this.#isConnected;
  }

  /** Throws an MqttError for a packet that is not allowed now, and for a DISCONNECT of the broker. */
  route(packet: Packet): void {
    if (!this.#isConnected && packet.cmd !== 'connack' && packet.cmd !== 'auth')
      throw unexpected(packet, 'it came before CONNACK');
    switch (packet.cmd) {
      case 'publish':
      case 'pubrel':
        return this.inbound$.next(packet);
      case 'puback':
      case 'pubrec':
      case 'pubcomp':
        this.publishAck$.next(packet);
        return this.#idFreed$?.next();
      case 'suback':
      case 'unsuback':
        return this.subscriptionAck$.next(packet);
      case 'pingresp':
        return; // for the keepalive its bytes are enough
      case 'connack':
        if (this.#isConnected) throw unexpected(packet, 'it came a second time');
        this.#isConnected = true;
        this.#connack$?.next(packet);
        this.#connack$ = undefined;
        return;
      case 'disconnect':
        throw serverDisconnected(packet);
      case 'auth':
        if (this.#auth$?.observed !== true) throw unexpected(packet, 'no authentication is in progress');
        return this.#auth$.next(packet);
      default:
        throw unexpected(packet, 'only clients may send this packet');
    }
  }
}

const unexpected = ({ cmd }: Packet, what: string): MqttError => protocolError(cmd.toUpperCase(), what);

function serverDisconnected({ reasonCode = 0, properties }: DisconnectPacket): MqttError {
  const { reasonString, serverReference } = properties ?? {};
  return new MqttError(
    'SERVER_DISCONNECTED',
    `the broker ended the connection: ${describeReason(reasonCode, reasonString)}`,
    {
      reasonCode,
      reasonString,
      serverReference,
      retryable: reasonCode === 0 || isRetryable(reasonCode),
    },
  );
}
