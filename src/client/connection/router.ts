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
} from '../../packets.js';
import { describeReason, isRetryable } from '../../protocol/reason-codes.js';
import { protocolError } from '../../protocol/violations.js';
import type { DeliveryAck } from '../../operators/qos-send.js';
import { Multicast } from '../multicast.js';
import { piece } from '../../quoted.js';

/** Hands each incoming packet to the one flow that answers it. Lives with the connection. */
export class Router {
  readonly #connack = new Multicast<ConnackPacket>();
  readonly #publishAck = new Multicast<DeliveryAck>();
  readonly #inbound = new Multicast<PublishPacket | PubrelPacket>();
  readonly #subscriptionAck = new Multicast<SubackPacket | UnsubackPacket>();
  readonly #auth = new Multicast<AuthPacket>();

  readonly connack$ = this.#connack.values$;
  readonly publishAck$ = this.#publishAck.values$;
  readonly inbound$ = this.#inbound.values$;
  readonly subscriptionAck$ = this.#subscriptionAck.values$;
  /** An AUTH that nobody awaits is out of place. */
  readonly auth$ = this.#auth.values$;

  #connected = false;

  /** CONNACK has come. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Throws an MqttError for a packet that has no place here, and for the broker's DISCONNECT. */
  route(packet: Packet): void {
    if (!this.#connected && packet.cmd !== 'connack' && packet.cmd !== 'auth')
      throw outOfPlace(packet, 'it came before CONNACK');
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
        return; // its bytes were life already
      case 'connack':
        if (this.#connected) throw outOfPlace(packet, 'it came a second time');
        this.#connected = true;
        return this.#connack.next(packet);
      case 'disconnect':
        throw serverDisconnected(packet);
      case 'auth':
        if (!this.#auth.observed) throw outOfPlace(packet, 'no authentication is in progress');
        return this.#auth.next(packet);
      default:
        throw outOfPlace(packet, 'only clients may send this packet');
    }
  }
}

const outOfPlace = ({ cmd }: Packet, what: string): MqttError => protocolError(cmd.toUpperCase(), what);

function serverDisconnected({ reasonCode = 0, properties }: DisconnectPacket): MqttError {
  const words = properties?.reasonString === undefined ? '' : ` (${piece(properties.reasonString)})`;
  return new MqttError(
    'SERVER_DISCONNECTED',
    `the broker ended the connection: ${describeReason(reasonCode)}${words}`,
    {
      reasonCode,
      reasonString: properties?.reasonString,
      serverReference: properties?.serverReference,
      retryable: reasonCode === 0 || isRetryable(reasonCode),
    },
  );
}
