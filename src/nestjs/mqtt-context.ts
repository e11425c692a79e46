import { BaseRpcContext } from '@nestjs/microservices';
import type { AckableMessage, PublishProperties, TopicParams } from '../message.js';

/**
 * The context of a message, which `@Ctx()` gives to a handler, and `host.switchToRpc().getContext()` to guards, interceptors, pipes and
 * filters.
 *
 * @typeParam P - the named wildcards of the pattern: `MqttContext<{ id: string }>` for `'devices/+id/state'`.
 */
export class MqttContext<P = TopicParams<string>> extends BaseRpcContext<[AckableMessage<unknown, P>]> {
  /** The message as the client received it; its `value` is what a `codec` has read. It is acknowledged when the handler has completed, so do not acknowledge it yourself. */
  get message(): AckableMessage<unknown, P> {
    return this.args[0];
  }

  /** The topic name of the message. */
  get topic(): string {
    return this.message.topic;
  }

  /** The levels that the named wildcards of the pattern matched: `{ id: '7' }` for `devices/7/state`. */
  get params(): P {
    return this.message.params;
  }

  /** The properties of the message, 5.0; no properties in 3.x. */
  get properties(): PublishProperties {
    return this.message.properties;
  }

  /** The topic name of the message, as the context of NestJS's own MQTT transport returns it. */
  getTopic(): string {
    return this.message.topic;
  }

  /** The message, where the context of NestJS's own MQTT transport returns the packet: topic, payload, qos, retain, dup, properties. */
  getPacket(): AckableMessage<unknown, P> {
    return this.message;
  }
}
