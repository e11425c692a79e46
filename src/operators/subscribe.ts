import { NEVER, Observable, type OperatorFunction, type SchedulerLike, Subscription } from 'rxjs';
import type { MqttError } from '../errors.js';
import type {
  SubackPacket,
  SubscribePacket,
  SubscriptionRequest,
  UnsubackPacket,
  UnsubscribePacket,
} from '../packets.js';
import type {
  FilterRequest,
  Request,
  SubscribeRequest,
  UnsubscribeRequest,
} from '../protocol/subscriptions/subscription-request.js';
import type { SubscriptionOutcome } from '../protocol/subscriptions/subscription-requests.js';
import type { Subscriptions } from '../protocol/subscriptions/subscriptions.js';
import { isRequestable, subscriptionObstacle } from '../protocol/limits.js';
import { filterSelector, requestFits } from '../protocol/subscriptions/request-fits.js';
import type { NegotiatedLimits } from '../state.js';
import { TickCoalescer } from './tick-coalescer.js';

export interface SubscribeConfig {
  readonly subscriptions: Subscriptions;
  readonly limits: NegotiatedLimits;
  /** Emits when what is wanted may have changed. */
  readonly changed$: Observable<unknown>;
  /** Emits when a packet identifier may have become free. Default: never. */
  readonly idFreed$?: Observable<unknown>;
  /** In one packet, at the most. Default: as many as fit. */
  readonly maxFilters?: number;
  /** Gathers what changes in one tick into one packet. */
  readonly tick: SchedulerLike;
  /** Called when what had changed is out. */
  readonly sent: () => void;
  /** Called for a filter that these limits rule out; the broker is not asked. */
  readonly obstructed: (error: MqttError) => void;
  readonly settled: (answer: SubackPacket | UnsubackPacket, outcome: SubscriptionOutcome) => void;
}

/** Packets without an answer, at the most: so that thousands of filters flood neither the identifiers nor the broker. */
const WINDOW = 8;

/**
 * SUBSCRIBE and UNSUBSCRIBE, until the broker holds what is wanted (5.0 sections 3.8 to 3.11). All that changes in one tick goes
 * in one packet of each kind, or in several where it does not fit; they go out as the answers come. Filters that overlap go in
 * packets of their own, with different subscription identifiers, and so do filters with different user properties. What
 * `unsubscribe()` asks for is in packets of its own, too.
 *
 * In: SUBACK, UNSUBACK. Out: SUBSCRIBE, UNSUBSCRIBE. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export function subscribe(
  config: SubscribeConfig,
): OperatorFunction<SubackPacket | UnsubackPacket, SubscribePacket | UnsubscribePacket> {
  const { subscriptions, limits, tick, idFreed$ = NEVER, maxFilters = Infinity } = config;
  return answer$ =>
    new Observable(out => {
      const allowed = (request: FilterRequest) => {
        const obstacle = subscriptionObstacle(request, limits);
        if (obstacle === undefined) return true;
        subscriptions.refuse(request.filter);
        config.obstructed(obstacle);
        return false;
      };

      // held since a connection with a broker that took larger packets
      const expressible = (filter: string) => {
        if (isRequestable({ filter }, limits)) return true;
        subscriptions.refuse(filter);
        return false;
      };

      let starved = false;
      // listened to only then: it emits with every acknowledgement
      let idFreed = Subscription.EMPTY;
      const ask = (request: Request) => {
        if (out.closed) return;
        const packetId = subscriptions.start(request);
        if (packetId === 0) starve();
        else if (request.kind === 'unsubscribe') out.next(unsubscribePacket(packetId, request, limits));
        else out.next(subscribePacket(packetId, request, limits));
      };

      const selectFilters = filterSelector(limits, maxFilters);
      const sendRemovals = () => {
        while (!out.closed && !starved && subscriptions.requests < WINDOW) {
          const request = subscriptions.takeUnsubscribe(selectFilters);
          if (request === undefined) return;
          ask(request);
        }
      };

      const send = () => {
        starved = false;
        idFreed.unsubscribe();
        sendRemovals();
        while (!out.closed && !starved) {
          const fits = requestFits(limits, maxFilters, WINDOW - subscriptions.requests);
          const { subscribe, identifier, unsubscribe } = subscriptions.takeChanges(fits);
          if (subscribe.length + unsubscribe.length === 0) break;
          const filters = unsubscribe.filter(expressible);
          if (filters.length > 0) ask({ kind: 'unsubscribe', filters });
          const requests = subscribe.filter(allowed);
          if (requests.length > 0) ask({ kind: 'subscribe', requests, identifier });
        }
        config.sent();
      };

      const sending = new TickCoalescer(tick, send);
      const sendThisTick = () => sending.schedule();
      out.add(() => sending.cancel());

      const starve = () => {
        if (starved) return;
        starved = true;
        idFreed = idFreed$.subscribe({ next: sendThisTick, error: (error: unknown) => out.error(error) });
      };
      out.add(() => idFreed.unsubscribe());

      out.add(
        answer$.subscribe({
          next: answer => {
            try {
              const outcome = answer.cmd === 'suback' ? subscriptions.suback(answer) : subscriptions.unsuback(answer);
              if (outcome) config.settled(answer, outcome);
            } catch (error) {
              return out.error(error);
            }
            sendThisTick();
          },
          error: (error: unknown) => out.error(error),
          complete: () => out.complete(),
        }),
      );
      out.add(config.changed$.subscribe({ next: sendThisTick, error: (error: unknown) => out.error(error) }));
      send();
    });
}

function subscribePacket(packetId: number, request: SubscribeRequest, limits: NegotiatedLimits): SubscribePacket {
  const { requests, identifier } = request;
  const { userProperties } = requests[0]!;
  const subscriptions = userProperties === undefined ? requests : requests.map(withoutProperties);
  const packet: SubscribePacket = { cmd: 'subscribe', packetId, subscriptions };
  if (identifier !== undefined) packet.properties = { subscriptionIdentifier: identifier };
  if (userProperties !== undefined && limits.protocolVersion === 5)
    packet.properties = { ...packet.properties, userProperties };
  return packet;
}

const withoutProperties = ({ userProperties: _, ...request }: FilterRequest): SubscriptionRequest => request;

function unsubscribePacket(packetId: number, request: UnsubscribeRequest, limits: NegotiatedLimits): UnsubscribePacket {
  const { filters, call } = request;
  const packet: UnsubscribePacket = { cmd: 'unsubscribe', packetId, filters };
  if (call?.userProperties !== undefined && limits.protocolVersion === 5)
    packet.properties = { userProperties: call.userProperties };
  return packet;
}
