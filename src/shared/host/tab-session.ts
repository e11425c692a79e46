import { Subscription, noop } from 'rxjs';
import { protocolError } from '../../protocol/violations.js';
import type { ConnectPacket, Packet } from '../../packets.js';
import { matches } from '../../protocol/topics/match.js';
import { SESSION_EXPIRY } from './connack.js';
import type { HostContext, TabConnection } from './host-context.js';
import { type Delivery, TabDeliveries } from './tab-deliveries.js';
import { TabPublishes } from './tab-publishes.js';
import { TabSubscriptions } from './tab-subscriptions.js';

/** The session of a tab: what outlives one link. */
export class TabSession {
  readonly #context: HostContext;

  // lives with the session
  readonly #publishes: TabPublishes;
  readonly #deliveries: TabDeliveries;
  readonly #subscriptions: TabSubscriptions;
  #will: ConnectPacket['will'];
  #willTimer = Subscription.EMPTY;

  // lives with the connection
  #connection: TabConnection | undefined;

  constructor(context: HostContext) {
    this.#context = context;
    this.#publishes = new TabPublishes(context.client);
    this.#deliveries = new TabDeliveries(context, subscription => {
      if (subscription.isRetired && !this.#deliveries.hasInFlight(subscription))
        this.#subscriptions.endRetired(subscription);
    });
    this.#subscriptions = new TabSubscriptions(context, {
      onMessage: (message, subscription) => this.#deliveries.add(message, subscription),
      onRetired: subscription => {
        for (const delivery of this.#deliveries.takeWaiting(subscription)) this.#giveUp(delivery);
        return this.#deliveries.hasInFlight(subscription);
      },
      onRefusedLater: error => this.#connection?.lose(error),
    });
  }

  holds(filter: string): boolean {
    for (const own of this.#subscriptions.filters) if (own === filter) return true;
    return false;
  }

  wants(topic: string): boolean {
    for (const filter of this.#subscriptions.filters) if (matches(filter, topic)) return true;
    return false;
  }

  /** Begins a connection, after CONNACK was sent. */
  begin({ properties, will }: ConnectPacket, connection: TabConnection, receiveMaximum: number): void {
    this.#connection = connection;
    this.#will = will;
    this.#willTimer.unsubscribe();
    this.#publishes.begin(connection, receiveMaximum);
    this.#subscriptions.begin(connection);
    this.#deliveries.begin(connection, properties?.receiveMaximum ?? 0xffff, properties?.maximumPacketSize ?? Infinity);
  }

  /** Ends the connection. The session goes on, because the tab gets another link. */
  end(): void {
    this.#connection = undefined;
    this.#publishes.end();
    this.#subscriptions.end();
    this.#deliveries.end();
  }

  /**
   * Gives up what the tab held, because it is gone. What it has published goes on.
   *
   * @param withWill - whether it has ended without a normal DISCONNECT, so that its will is published (5.0 section 3.1.2.5).
   */
  close(withWill: boolean): void {
    this.end();
    for (const delivery of this.#deliveries.takeAll()) this.#giveUp(delivery);
    this.#subscriptions.close();
    if (withWill) this.#publishWill();
    this.#will = undefined;
  }

  /** Drops messages that wait for the tab and that the broker sends again. */
  dropStale(): void {
    this.#deliveries.dropStale();
  }

  /** Has the tab get retained messages again. */
  forgetTopics(): void {
    this.#subscriptions.forgetTopics();
  }

  /** Whether the tab has so much to read or to acknowledge that it may be frozen. */
  get isBehind(): boolean {
    return this.#deliveries.isBehind;
  }

  /** Sends the messages that waited until the tab had read others. */
  onReadable(): void {
    this.#deliveries.send();
  }

  handle(packet: Packet): void {
    switch (packet.cmd) {
      case 'publish':
        return this.#publishes.publish(packet);
      case 'pubrel':
        return this.#publishes.release(packet.packetId);
      case 'puback':
        this.#deliveries.puback(packet.packetId, packet.reasonCode);
        return;
      case 'pubrec':
        return this.#deliveries.pubrec(packet.packetId, packet.reasonCode);
      case 'pubcomp':
        return this.#deliveries.pubcomp(packet.packetId);
      case 'subscribe':
        return this.#subscriptions.subscribe(packet);
      case 'unsubscribe':
        return this.#subscriptions.unsubscribe(packet);
      case 'pingreq':
        return this.#connection?.send({ cmd: 'pingresp' });
      default:
        throw protocolError(packet.cmd.toUpperCase(), 'it is not allowed here');
    }
  }

  /** Answers a message that the tab no longer can. The rules are those of an unsubscribed stream with `ack: 'manual'`. */
  #giveUp({ message, subscription }: Delivery): void {
    if (subscription.passOn?.(message)) return;
    const isKept = subscription.isManual || this.#context.isSessionKept;
    const hasReader = subscription.passOn === undefined && this.#context.isWanted(message.topic);
    if (isKept && !hasReader) message.leave();
    else message.ack();
  }

  /** Publishes the will after its delay, unless the tab is back by then [MQTT-3.1.3-9]. */
  #publishWill(): void {
    if (this.#will === undefined) return;
    const { topic, payload, qos, retain, properties } = this.#will;
    const { willDelayInterval = 0, ...others } = properties ?? {};
    const { client, scheduler } = this.#context;
    const publish = () =>
      client.publish(topic, payload, { qos, retain, properties: others }).subscribe({ error: noop });
    const delay = Math.min(willDelayInterval, SESSION_EXPIRY);
    if (delay === 0) publish();
    else this.#willTimer = scheduler.schedule(publish, delay * 1000);
  }
}
