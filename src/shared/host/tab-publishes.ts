import { noop } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import { serverReasonCodes } from '../../codec/gate/reason-codes.js';
import { MqttError } from '../../errors.js';
import type { AckProperties, Packet, PublishPacket } from '../../packets.js';
import { isFailure } from '../../protocol/reason-codes.js';
import { DELIVERY, ERROR_CODE } from '../port-messages.js';
import type { TabConnection } from './host-context.js';

/** How the shared client has settled a message: the reason code of PUBACK or PUBREC. */
interface Answer {
  readonly reasonCode: number;
  readonly properties?: AckProperties;
}

/**
 * The messages that a tab publishes. Each is published once by the shared client, however often the tab sends it, and goes on when the tab
 * is gone. The tab gets its PUBACK or PUBREC when the broker has settled the message.
 */
export class TabPublishes {
  readonly #client: MqttClient;

  // lives with the session
  /** The answers by packet identifier; undefined while the message is not settled. The oldest first. */
  readonly #answers = new Map<number, Answer | undefined>();

  // lives with the connection
  #connection: TabConnection | undefined;
  /** How many messages the tab may have in flight, and so how many answers it may have missed. */
  #window = 0;

  constructor(client: MqttClient) {
    this.#client = client;
  }

  begin(connection: TabConnection, receiveMaximum: number): void {
    this.#connection = connection;
    this.#window = receiveMaximum;
  }

  end(): void {
    this.#connection = undefined;
  }

  publish(packet: PublishPacket): void {
    const { qos, dup, packetId = 0 } = packet;
    if (qos === 0) return void this.#forward(packet).subscribe({ error: noop }); // as a broker, it has no way to refuse
    if (this.#answers.has(packetId) && (dup || qos === 2)) {
      const answer = this.#answers.get(packetId);
      if (answer !== undefined) this.#send(packet, answer);
      return;
    }
    this.#answers.delete(packetId);
    this.#answers.set(packetId, undefined);
    this.#forward(packet).subscribe({
      next: ({ reasonCode, reasonString, userProperties }) =>
        this.#settle(packet, {
          reasonCode,
          properties: {
            ...(reasonString === undefined ? {} : { reasonString }),
            ...(userProperties === undefined ? {} : { userProperties }),
          },
        }),
      error: (error: unknown) => this.#settle(packet, refusalOf(error)),
    });
  }

  /** Handles PUBREL, after which the packet identifier is free. */
  release(packetId: number): void {
    const isKnown = this.#answers.delete(packetId);
    this.#connection?.send({ cmd: 'pubcomp', packetId, ...(isKnown ? {} : { reasonCode: 0x92 }) });
  }

  #forward({ topic, payload, qos, retain, properties }: PublishPacket) {
    return this.#client.publish(topic, payload, { qos, retain, ...(properties === undefined ? {} : { properties }) });
  }

  #settle(packet: PublishPacket, answer: Answer): void {
    const packetId = packet.packetId!;
    // the newest answers are last
    this.#answers.delete(packetId);
    this.#answers.set(packetId, answer);
    this.#forgetOldAnswers();
    this.#send(packet, answer);
  }

  #send({ qos, packetId }: PublishPacket, { reasonCode, properties }: Answer): void {
    const cmd = qos === 1 ? 'puback' : 'pubrec';
    const hasProperties = Object.keys(properties ?? {}).length > 0;
    this.#connection?.send({ cmd, packetId, reasonCode, ...(hasProperties ? { properties } : {}) } as Packet);
  }

  /** Forgets the answers that the tab must have, because it cannot have so many messages in flight. */
  #forgetOldAnswers(): void {
    let surplus = this.#answers.size - 2 * this.#window;
    for (const [packetId, answer] of this.#answers) {
      if (surplus-- <= 0) return;
      if (answer !== undefined) this.#answers.delete(packetId);
    }
  }
}

/** Returns the answer for a message that the shared client could not publish. User properties tell the tab the code of its error. */
function refusalOf(error: unknown): Answer {
  if (!MqttError.is(error)) return { reasonCode: 0x80 };
  const { code, message, delivery = 'rejected', reasonCode = code === 'QUEUE_FULL' ? 0x97 : 0x80 } = error;
  const allowed: readonly number[] = serverReasonCodes.received;
  return {
    reasonCode: isFailure(reasonCode) && allowed.includes(reasonCode) ? reasonCode : 0x80,
    properties: {
      reasonString: message,
      userProperties: [
        [ERROR_CODE, code],
        [DELIVERY, delivery],
      ],
    },
  };
}
