import type { MqttError } from '../../errors.js';
import type { OutgoingMessageInfo, PublishHooks, PublishSettlement } from '../../hooks.js';
import type { UserProperties } from '../../message.js';
import type { PublishAck } from '../../packets.js';
import { publishObstacle } from '../../protocol/limits.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import { publishPropertiesSize } from '../../protocol/packet-size.js';
import type { NegotiatedLimits } from '../../state.js';
import { refuse } from '../options/checks/problem.js';
import { userProperties as checkUserProperties } from '../options/checks/properties.js';
import { type Instrument, type Started, start } from './hook-calls.js';

/** What the hooks have to do with a message that has not settled. */
interface HookedMessage {
  readonly started: readonly Started<PublishHooks>[];
  /** The user properties of the message itself. */
  readonly own: UserProperties | undefined;
  /** The user properties that the hooks add. */
  readonly added: UserProperties;
  hasAdded: boolean;
}

/** The published messages that hooks follow until they settle. A message of which no hook wants to know has nothing here. */
export class HookedMessages {
  // a message keeps no reference to its hooks, which would take memory in each message of a client without hooks
  readonly #messages = new WeakMap<OutgoingPublish, HookedMessage>();

  /** @param limits - those of the last connection; undefined before the first one. */
  begin(
    instruments: readonly Instrument[],
    message: OutgoingPublish,
    origin: OutgoingMessageInfo['origin'],
    limits: NegotiatedLimits | undefined,
  ): void {
    const { topic, payload, requestedQoS: qos, retain, properties, tag } = message;
    const info: OutgoingMessageInfo = { origin, topic, payload, qos, retain, properties, tag };
    const started = start(instruments, 'onPublish', hooks => hooks.onPublish?.(info));
    if (started.length === 0) return;
    const added = started.flatMap(each => userPropertiesOf(each));
    const hooked = { started, own: properties?.userProperties, added, hasAdded: false };
    this.#messages.set(message, hooked);
    if (added.length === 0) return;
    message.bytes += publishPropertiesSize({ userProperties: added });
    if (limits !== undefined) fit(message, hooked, limits);
  }

  /** Adds or removes what the hooks have added to messages that wait, as the version of a new connection needs it. */
  fitAll(messages: Iterable<OutgoingPublish>, limits: NegotiatedLimits): void {
    for (const message of messages) {
      const hooked = this.#messages.get(message);
      if (hooked !== undefined && hooked.added.length > 0) fit(message, hooked, limits);
    }
  }

  onQueued(message: OutgoingPublish): void {
    this.#notify(message, 'onQueued', hooks => hooks.onQueued?.());
  }

  onSent(messages: readonly OutgoingPublish[]): void {
    for (const message of messages) {
      const { qos, dup } = message;
      const packetId = qos === 0 ? undefined : message.packetId;
      this.#notify(message, 'onSent', hooks => hooks.onSent?.({ qos, packetId, dup }));
    }
  }

  /** Called when the queue has not taken a message. It throws only MqttErrors. */
  onRefused(message: OutgoingPublish, error: unknown): void {
    this.#settle(message, { delivery: 'rejected', error: error as MqttError });
  }

  /** Called when nobody waits for a message any more, which may be in flight. */
  onAbandoned(message: OutgoingPublish): void {
    if (message.stage === 'settled') this.#settle(message, { delivery: 'withdrawn' });
  }

  /** Called when a message has settled, with the error if it is not delivered. */
  onSettled(message: OutgoingPublish, error?: MqttError, ack?: PublishAck): void {
    if (this.#messages.has(message)) this.#settle(message, settlementOf(message, error, ack));
  }

  #settle(message: OutgoingPublish, settlement: PublishSettlement): void {
    const hooked = this.#messages.get(message);
    // before the hooks: what they call may look at the message
    if (hooked === undefined || !this.#messages.delete(message)) return;
    for (const { instrument, hooks } of hooked.started)
      instrument.call('onSettled', () => hooks.onSettled?.(settlement));
  }

  #notify(message: OutgoingPublish, name: 'onQueued' | 'onSent', call: (hooks: PublishHooks) => void): void {
    const started = this.#messages.get(message)?.started;
    if (started !== undefined) for (const { instrument, hooks } of started) instrument.call(name, () => call(hooks));
  }
}

/** Returns the outcome of a message, as `ack$` has it. */
function settlementOf(
  { qos }: OutgoingPublish,
  error: MqttError | undefined,
  ack: PublishAck | undefined,
): PublishSettlement {
  if (error === undefined) return { delivery: 'delivered', qos, reasonCode: ack?.reasonCode ?? 0 };
  return { delivery: error.delivery ?? 'rejected', error };
}

/** Gives a message the added user properties if the connection takes it with them, and removes them if not. */
function fit(message: OutgoingPublish, hooked: HookedMessage, limits: NegotiatedLimits): void {
  const { own, added } = hooked;
  // a message that was sent is sent again as it was, except where it could not be sent at all
  if (limits.protocolVersion === 5 && !hooked.hasAdded && message.stage !== 'sent' && message.stage !== 'released') {
    const before = message.properties;
    message.properties = { ...before, userProperties: [...(own ?? []), ...added] };
    hooked.hasAdded = publishObstacle(message, limits) === undefined;
    if (!hooked.hasAdded) message.properties = before;
  } else if (hooked.hasAdded && publishObstacle(message, limits) !== undefined) {
    const { userProperties: _, ...others } = message.properties ?? {};
    message.properties = own === undefined ? others : { ...others, userProperties: own };
    hooked.hasAdded = false;
  }
}

function userPropertiesOf({ instrument, hooks }: Started<PublishHooks>): UserProperties {
  return (
    instrument.call('userProperties', () => {
      const { userProperties = [] } = hooks;
      refuse(checkUserProperties(userProperties), 'property', 'userProperties');
      return userProperties;
    }) ?? []
  );
}
