import { MqttError } from '../../errors.js';
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
} from '../../packets.js';
import { describeReason, isRetryable } from '../../protocol/reason-codes.js';
import { protocolError } from '../../protocol/violations.js';
import { Multicast } from '../multicast.js';
import { piece } from '../../quoted.js';

/** Gives each incoming packet to its flow. Lives with the connection. */
export class Router {
  readonly #connack = new Multicast<ConnackPacket>();
  readonly #publishAck = new Multicast<PublishAck>();
  readonly #inbound = new Multicast<PublishPacket | PubrelPacket>();
  readonly #subscriptionAck = new Multicast<SubackPacket | UnsubackPacket>();
  readonly #auth = new Multicast<AuthPacket>();

  readonly connack$ = this.#connack.values$;
  readonly publishAck$ = this.#publishAck.values$;
  readonly inbound$ = this.#inbound.values$;
  readonly subscriptionAck$ = this.#subscriptionAck.values$;
  /** Is subscribed only while AUTH is expected. Any other AUTH is a protocol error. */
  readonly auth$ = this.#auth.values$;

  #isConnected = false;

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
        return this.#inbound.next(packet);
      case 'puback':
      case 'pubrec':
      case 'pubcomp':
        return this.#publishAck.next(packet);
      case 'suback':
      case 'unsuback':
        return this.#subscriptionAck.next(packet);
      case 'pingresp':
        return; // for the keepalive its bytes are enough
      case 'connack':
        if (this.#isConnected) throw unexpected(packet, 'it came a second time');
        this.#isConnected = true;
        return this.#connack.next(packet);
      case 'disconnect':
        throw serverDisconnected(packet);
      case 'auth':
        if (!this.#auth.observed) throw unexpected(packet, 'no authentication is in progress');
        return this.#auth.next(packet);
      default:
        throw unexpected(packet, 'only clients may send this packet');
    }
  }
}

const unexpected = ({ cmd }: Packet, what: string): MqttError => protocolError(cmd.toUpperCase(), what);

function serverDisconnected({ reasonCode = 0, properties }: DisconnectPacket): MqttError {
  const reason = properties?.reasonString === undefined ? '' : ` (${piece(properties.reasonString)})`;
  return new MqttError(
    'SERVER_DISCONNECTED',
    `the broker ended the connection: ${describeReason(reasonCode)}${reason}`,
    {
      reasonCode,
      reasonString: properties?.reasonString,
      serverReference: properties?.serverReference,
      retryable: reasonCode === 0 || isRetryable(reasonCode),
    },
  );
}
